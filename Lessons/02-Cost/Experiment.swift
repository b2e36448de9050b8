import LessonKit
import SmallTransformer

/// Which pairs of tokens attention computes.
enum Mask: String, CaseIterable, Codable {
  case full, causal

  var name: String {
    switch self {
    case .full: "every pair"
    case .causal: "causal"
    }
  }

  var pattern: any AttentionPattern {
    switch self {
    case .full: Bidirectional()
    case .causal: Causal()
    }
  }
}

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  // MARK: Counting FLOPs

  var countedWidths: [Int] {
    scale.pick(smoke: [32, 64], standard: [64, 128, 256], full: [64, 128, 256, 512])
  }
  var countedLengths: [Int] {
    scale.pick(
      smoke: [16, 64], standard: [64, 128, 256, 512, 1024, 2048],
      full: [64, 128, 256, 512, 1024, 2048, 4096])
  }

  /// The lengths of the layers that are counted in training.
  var countedTrainingLengths: [Int] { countedLengths.filter { $0 <= 512 } }

  /// The model whose layers are counted: one head, no positions, a small vocabulary.
  func counted(width: Int, layerCount: Int, _ mask: Mask) -> TransformerConfiguration {
    TransformerConfiguration.gpt(
      vocabularyCount: 16, modelDim: width, layerCount: layerCount, headCount: 1,
      positions: NoPositions()
    ).with(pattern: mask.pattern)
  }

  /// The width at which the parts of a layer are counted one by one.
  var partsWidth: Int { countedWidths.min() ?? 64 }
  /// Their lengths, from far below 6d, where attention equals the linear layers, to far above it.
  var partsLengths: [Int] { [1, 2, 4, 6, 12, 24, 48].map { $0 * partsWidth } }

  // MARK: Measuring time

  /// One head as wide as the model, so that the limits of the kernels do not matter. The figure is of
  /// the first width.
  var timedWidths: [Int] {
    scale.pick(smoke: [32, 64], standard: [64, 128], full: [64, 128, 256])
  }
  var timedLengths: [Int] {
    let all = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]
    return Array(all.prefix(scale.pick(smoke: 3, standard: 8, full: 9)))
  }
  /// Interleaved rounds after the warm-up; each measures every part at every length.
  var rounds: Int { scale.pick(smoke: 1, standard: 11, full: 21) }

  // MARK: Compute or memory

  /// Wide enough that the weights are larger than a cache.
  var rooflineWidth: Int { scale.pick(smoke: 64, standard: 1024, full: 2048) }
  var promptLength: Int { scale.pick(smoke: 32, standard: 1024, full: 2048) }
  var cacheLength: Int { scale.pick(smoke: 64, standard: 16_384, full: 32_768) }
  var weightCopies: Int { scale.pick(smoke: 2, standard: 4, full: 2) }
  var phaseRounds: Int { scale.pick(smoke: 1, standard: 7, full: 11) }
  var burstCount: Int { scale.pick(smoke: 5, standard: 200, full: 400) }
  var bandwidthBytes: Int { scale.pick(smoke: 16 << 20, standard: 512 << 20, full: 512 << 20) }

  // MARK: The same weights at two lengths

  var seedCount: Int { scale.pick(smoke: 2, standard: 3, full: 3) }

  var trainedLength: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  var longLength: Int { scale.pick(smoke: 128, standard: 4096, full: 8192) }
  var configuration: TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 16, standard: 64, full: 128),
      layerCount: scale.pick(smoke: 1, standard: 3, full: 4),
      headCount: scale.pick(smoke: 1, standard: 2, full: 4), positions: Sinusoidal())
    // Embeddings are as large as the sine waves that are added to them.
    configuration.embeddingInitStd = 1
    return configuration
  }
  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 16, full: 16), length: trainedLength,
      stepCount: scale.pick(smoke: 4, standard: 1000, full: 2000), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 50))
  }
  var evaluationTokens: Int { scale.pick(smoke: 256, standard: 32_768, full: 131_072) }
}
