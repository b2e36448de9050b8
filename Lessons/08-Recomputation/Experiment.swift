import LessonKit
import SmallTransformer

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  /// Depths at which bytes are measured: square numbers, so that √n is whole.
  var depths: [Int] {
    scale.pick(
      smoke: [4, 9, 16], standard: [4, 9, 16, 36, 64], full: [4, 9, 16, 25, 36, 49, 64])
  }
  /// The depth at which policies are compared.
  var depth: Int { scale.pick(smoke: 8, standard: 64, full: 64) }
  /// Timed passes per policy; the fastest counts.
  var repeats: Int { scale.pick(smoke: 1, standard: 5, full: 9) }
  /// Pairs of passes of keep-all and full recomputation.
  var pairCount: Int { scale.pick(smoke: 1, standard: 25, full: 25) }

  /// Tokens per sequence.
  var length: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  var batchCount: Int { scale.pick(smoke: 2, standard: 2, full: 4) }
  /// Of dropout.
  var rate: Float { 0.1 }

  func configuration(layerCount: Int) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 32, standard: 64, full: 128), layerCount: layerCount,
      headCount: scale.pick(smoke: 2, standard: 2, full: 4))
    configuration.dropout = rate
    return configuration
  }

  /// Layers of the model that is trained and whose gradients are compared.
  var trainedDepth: Int { scale.pick(smoke: 4, standard: 12, full: 16) }
  func trained(_ attention: AttentionKind) -> TransformerConfiguration {
    var configuration = configuration(layerCount: trainedDepth)
    configuration.attention = attention
    return configuration
  }
  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: batchCount, length: length,
      stepCount: scale.pick(smoke: 3, standard: 80, full: 300), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 1, standard: 10, full: 30))
  }

  /// Every policy that the lesson compares.
  func policies(layerCount: Int) -> [ActivationPolicy] {
    let ks = [2, 4, 8, 16, 32].filter { $0 < layerCount }
    let snapshots = [16, 8, 4, 2].filter { $0 < layerCount }
    return [.keepAll, .selective, .full] + ks.map { .everyKth($0) }
      + snapshots.map { .revolve(snapshots: $0) }
  }

  /// With sequences of `selectiveLength`, heads · tokens / width is 16, as in GPT-3: the score
  /// matrix has more bytes than the rest of a layer.
  func selective(_ variant: AttentionVariant) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 32, standard: 64, full: 64),
      layerCount: scale.pick(smoke: 4, standard: 16, full: 32), headCount: 4)
    configuration.dropout = variant == .naive ? 0 : rate
    configuration.attention = variant == .tiledWithDropout ? .tiled : .naive
    return configuration
  }
  var selectiveLength: Int { 16 * selective(.naiveWithDropout).modelDim / 4 }

  /// Layers and snapshots in the table of Revolve.
  var revolveCases: [(layerCount: Int, snapshotCount: Int)] {
    [(10, 3), (16, 4), (24, 3), (32, 4), (64, 8), (64, 4), (100, 5)]
  }
  /// Schedules whose order of layers is compared with a model's, among them the drawn ones.
  var drawnSchedules: [(layerCount: Int, policy: ActivationPolicy)] {
    [
      (9, .everyKth(3)), (4, .revolve(snapshots: 2)), (9, .keepAll), (9, .full),
      (10, .everyKth(4)), (24, .revolve(snapshots: 3)),
    ]
  }
  /// So small that a hundred layers take no time: it is only used to count layers.
  func countingModel(layerCount: Int) -> TransformerConfiguration {
    .gpt(vocabularyCount: 256, modelDim: 8, layerCount: layerCount, headCount: 1)
  }
}
