import LessonKit
import SmallTransformer

/// The sizes of this lesson at each scale.
package struct Experiment {
  package let scale: Scale

  package init(scale: Scale) { self.scale = scale }

  // MARK: The cache

  /// Capacities of the caches whose bytes are counted.
  let cacheLengths = [100, 1000, 10_000]
  var rollingWindow: Int { 16 }

  // MARK: Decoding

  /// Query heads of the timed layer.
  var timedHeads: Int { 8 }
  var timedHeadDim: Int { scale.pick(smoke: 16, standard: 64, full: 64) }
  package var contexts: [Int] {
    scale.pick(
      smoke: [64, 256], standard: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
      full: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 100_000])
  }
  /// Layers that are timed one after another, so that no layer finds its keys and values still in
  /// the processor's cache.
  var timedLayers: Int { scale.pick(smoke: 1, standard: 2, full: 2) }
  var rounds: Int { scale.pick(smoke: 2, standard: 25, full: 51) }
  var bandwidthBytes: Int { scale.pick(smoke: 1 << 22, standard: 512 << 20, full: 512 << 20) }

  // MARK: Quality

  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 16, full: 16),
      length: scale.pick(smoke: 32, standard: 128, full: 256),
      stepCount: scale.pick(smoke: 4, standard: 400, full: 2000), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 100))
  }
  var evaluationTokens: Int { scale.pick(smoke: 256, standard: 32_768, full: 131_072) }
  var seedCount: Int { scale.pick(smoke: 1, standard: 3, full: 3) }

  // MARK: Conversion

  /// Extra training after a conversion; none before it.
  func schedule(_ stage: ConversionStage) -> TrainingSchedule? {
    let divisor: Int
    switch stage {
    case .before: return nil
    case .twentieth: divisor = 20
    case .tenth: divisor = 10
    }
    return TrainingSchedule(
      batchCount: schedule.batchCount, length: schedule.length,
      stepCount: max(2, schedule.stepCount / divisor), peakLearningRate: 1e-3,
      warmUpSteps: max(1, schedule.stepCount / 100))
  }
}
