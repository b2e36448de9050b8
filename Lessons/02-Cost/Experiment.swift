import LessonKit
import SmallTransformer

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  // MARK: Counting

  var countedWidths: [Int] {
    scale.pick(smoke: [32, 64], standard: [64, 128, 256], full: [64, 128, 256, 512])
  }
  var countedLengths: [Int] {
    scale.pick(
      smoke: [16, 64], standard: [64, 128, 256, 512, 1024, 2048],
      full: [64, 128, 256, 512, 1024, 2048, 4096])
  }

  /// One head, no positions, few tokens to choose from: what is counted are the layers.
  func counted(
    width: Int, layerCount: Int, _ pattern: any AttentionPattern
  ) -> TransformerConfiguration {
    TransformerConfiguration.gpt(
      vocabularyCount: 16, modelDim: width, layerCount: layerCount, headCount: 1,
      positions: NoPositions()
    ).with(pattern: pattern)
  }

  // MARK: The clock

  /// One head as wide as the model, so that the kernels' own limits stay out of the picture.
  var timedWidth: Int { scale.pick(smoke: 32, standard: 64, full: 128) }
  var timedLengths: [Int] {
    let all = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]
    return Array(all.prefix(scale.pick(smoke: 3, standard: 8, full: 9)))
  }
  /// Rounds in which every length takes its turn.
  var rounds: Int { scale.pick(smoke: 1, standard: 11, full: 21) }

  // MARK: The same weights at any length

  var trainedLength: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  var longLength: Int { scale.pick(smoke: 128, standard: 4096, full: 8192) }
  var configuration: TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 16, standard: 64, full: 128),
      layerCount: scale.pick(smoke: 1, standard: 3, full: 4),
      headCount: scale.pick(smoke: 1, standard: 2, full: 4), positions: Sinusoidal())
    // Tokens as large as the waves that are added to them.
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
