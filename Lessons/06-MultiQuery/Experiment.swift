import LessonKit
import SmallTransformer

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  // MARK: Decoding

  /// Heads of queries of the timed layer, and the key/value heads that they share.
  var timedHeads: Int { 8 }
  var timedHeadDim: Int { scale.pick(smoke: 16, standard: 64, full: 64) }
  var timedSharings: [KeyValueSharing] { [.multiHead, .grouped(2), .multiQuery] }
  var contexts: [Int] {
    scale.pick(
      smoke: [64, 256], standard: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
      full: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 100_000])
  }
  /// Layers that take turns, so that no layer finds its cache where the last call left it.
  var timedLayers: Int { scale.pick(smoke: 1, standard: 2, full: 2) }
  var rounds: Int { scale.pick(smoke: 2, standard: 25, full: 51) }
  var bandwidthBytes: Int { scale.pick(smoke: 1 << 22, standard: 512 << 20, full: 512 << 20) }

  // MARK: A window's cache

  var rollingWindow: Int { 16 }
  var rolling: TransformerConfiguration {
    configuration.with(pattern: SlidingWindow(rollingWindow))
  }

  // MARK: Quality

  var configuration: TransformerConfiguration {
    .llama(
      modelDim: scale.pick(smoke: 32, standard: 64, full: 128),
      layerCount: scale.pick(smoke: 1, standard: 2, full: 4),
      headCount: scale.pick(smoke: 4, standard: 4, full: 8))
  }
  var sharings: [KeyValueSharing] { [.multiHead, .grouped(2), .multiQuery] }
  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 16, full: 16),
      length: scale.pick(smoke: 32, standard: 128, full: 256),
      stepCount: scale.pick(smoke: 4, standard: 400, full: 2000), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 100))
  }
  /// Extra training after a conversion: a twentieth of the steps, as the paper takes, and twice that.
  var extraSchedules: [TrainingSchedule] {
    [20, 10].map { part in
      TrainingSchedule(
        batchCount: schedule.batchCount, length: schedule.length,
        stepCount: max(2, schedule.stepCount / part), peakLearningRate: 1e-3,
        warmUpSteps: max(1, schedule.stepCount / 100))
    }
  }
  var evaluationTokens: Int { scale.pick(smoke: 256, standard: 32_768, full: 131_072) }
  var seedCount: Int { scale.pick(smoke: 1, standard: 3, full: 3) }

  /// The feed-forward width at which a model with shared heads has as many weights as the one
  /// without, as Shazeer widens his.
  func widened(_ sharing: KeyValueSharing) throws -> TransformerConfiguration {
    var wide = try configuration.with(sharing: sharing)
    let saved = 2 * (configuration.headCount - wide.kvHeadCount) * configuration.headDim
    // Three matrices of one more column cost what three columns of keys and values do.
    wide.feedForwardDim += (saved + 1) / 3
    return wide
  }
}
