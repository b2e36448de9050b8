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

  /// One head as wide as the model, so that the limits of the kernels do not matter.
  var timedWidth: Int { scale.pick(smoke: 32, standard: 64, full: 128) }
  var timedLengths: [Int] {
    let all = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]
    return Array(all.prefix(scale.pick(smoke: 3, standard: 8, full: 9)))
  }
  /// Interleaved rounds after the warm-up; each measures every part at every length.
  var rounds: Int { scale.pick(smoke: 1, standard: 11, full: 21) }

  // MARK: The same weights at two lengths

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
