import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  /// How far it goes.
  var longest: Int { scale.pick(smoke: 2000, standard: 100_000, full: 100_000) }
  var task: PlantedFacts {
    PlantedFacts(
      keyCount: scale.pick(smoke: 8, standard: 32, full: 32),
      valueCount: scale.pick(smoke: 4, standard: 8, full: 8))
  }

  // MARK: The models

  /// What a window layer sees, and how many layers share one global layer.
  var window: Int { scale.pick(smoke: 16, standard: 64, full: 128) }
  var period: Int { scale.pick(smoke: 2, standard: 4, full: 4) }
  var globalLayer: Int { period - 1 }

  /// Small heads, one head of keys and values: as little as reads a book.
  func configuration(
    _ positions: any PositionScheme, _ pattern: any AttentionPattern
  ) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: task.vocabularyCount,
      modelDim: scale.pick(smoke: 32, standard: 64, full: 128),
      layerCount: scale.pick(smoke: 2, standard: 4, full: 4),
      headCount: scale.pick(smoke: 2, standard: 2, full: 4), positions: positions)
    configuration.kvHeadCount = 1
    configuration.norm = .rmsNorm
    configuration.hasBiases = false
    configuration.pattern = pattern
    return configuration
  }

  /// One way to know positions, in a model of window layers and a global one.
  struct Scheme {
    let name: String
    let configuration: TransformerConfiguration
  }

  func interleaved(knowing: Bool, window: Int? = nil, scoreScale: Float = 1) -> Interleaved {
    Interleaved(
      window: window ?? self.window, period: period, globalLayersUsePositions: knowing,
      scoreScale: scoreScale)
  }

  /// The answers of lesson 3 that can say something about any position, and the chosen one, last.
  var schemes: [Scheme] {
    let everywhere = interleaved(knowing: true)
    var waves = configuration(Sinusoidal(), everywhere)
    // Tokens as large as the waves that are added to them.
    waves.embeddingInitStd = 1
    return [
      Scheme(name: "sinusoidal", configuration: waves),
      Scheme(name: "none", configuration: configuration(NoPositions(), everywhere)),
      Scheme(name: "RoPE", configuration: configuration(Rotary(), everywhere)),
      Scheme(name: "ALiBi", configuration: configuration(ALiBi(), everywhere)),
      chosen,
    ]
  }

  var chosen: Scheme {
    Scheme(
      name: "RoPE in windows only",
      configuration: configuration(Rotary(), interleaved(knowing: false)))
  }

  /// The chosen pattern with the global scores made sharper by log n / log T, where n is longer than
  /// the longest text of training.
  func sharpened(at length: Int) -> Interleaved {
    let scoreScale = log(Double(length)) / log(Double(fineTuning.length))
    return interleaved(knowing: false, scoreScale: Float(max(1, scoreScale)))
  }

  // MARK: Training

  /// For the comparison of schemes: the book alone.
  var comparison: TrainingSchedule {
    schedule(
      batch: scale.pick(smoke: 2, standard: 16, full: 16),
      length: scale.pick(smoke: 64, standard: 128, full: 512),
      steps: scale.pick(smoke: 4, standard: 200, full: 2000), rate: 3e-3)
  }

  /// First texts are short and windows narrow, so that a look-up has to go through the global layer.
  var first: TrainingSchedule {
    schedule(
      batch: scale.pick(smoke: 2, standard: 32, full: 64),
      length: scale.pick(smoke: 32, standard: 64, full: 64),
      steps: scale.pick(smoke: 4, standard: 700, full: 1000), rate: 3e-3)
  }
  var firstWindow: Int { 8 }
  var narrow: TransformerConfiguration {
    chosen.configuration.with(pattern: interleaved(knowing: false, window: firstWindow))
  }
  var second: TrainingSchedule {
    schedule(
      batch: scale.pick(smoke: 2, standard: 8, full: 16),
      length: scale.pick(smoke: 64, standard: 256, full: 512),
      steps: scale.pick(smoke: 4, standard: 200, full: 1500), rate: 2e-3)
  }
  /// Eight times as long, with full recomputation.
  var fineTuning: TrainingSchedule {
    schedule(
      batch: scale.pick(smoke: 1, standard: 1, full: 2), length: 8 * second.length,
      steps: scale.pick(smoke: 2, standard: 80, full: 300), rate: 1e-3)
  }

  private func schedule(batch: Int, length: Int, steps: Int, rate: Double) -> TrainingSchedule {
    TrainingSchedule(
      batchCount: batch, length: length, stepCount: steps, peakLearningRate: rate,
      warmUpSteps: max(1, min(30, steps / 10)))
  }

  /// Statements and questions in a training text of this length.
  func planted(in length: Int) -> (statements: Int, questions: Int) {
    let statements = min(task.keyCount, length / 4)
    return (statements, max(statements, min(3 * length / 8, 32)))
  }

  // MARK: Growing longer

  var lengths: [Int] {
    scale.pick(
      smoke: [256, 512, 1000],
      standard: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 100_000],
      full: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 100_000])
  }
  /// Beyond this, attention of every layer over everything takes too long at this scale.
  var longestDense: Int { scale.pick(smoke: 1000, standard: 16_384, full: 100_000) }
  /// Plain attention is slower still.
  var longestPlain: Int { scale.pick(smoke: 1000, standard: 8192, full: 16_384) }
  /// Beyond this a training step that keeps everything adds nothing to the picture but time.
  var longestKept: Int { scale.pick(smoke: 1000, standard: 32_768, full: 100_000) }
  /// Beyond this a single global layer does; the longest of all is read anyway, by the trained model.
  var longestGlobal: Int { scale.pick(smoke: 1000, standard: 32_768, full: 65_536) }
  /// What a reader's machine can spare: 4 GiB.
  var memoryLimit: Int { 4 << 30 }

  // MARK: Exams

  /// Bytes of the book that every scheme reads for the short end of its curve.
  var shortTexts: Int { scale.pick(smoke: 2, standard: 64, full: 128) }
  var shortLength: Int { scale.pick(smoke: 256, standard: 1024, full: 1024) }

  /// Lengths at which planted facts are asked for.
  var recallLengths: [Int] {
    scale.pick(
      smoke: [64, 256, 1000], standard: [256, 1024, 4096, 16_384, 100_000],
      full: [512, 1024, 4096, 16_384, 65_536, 100_000])
  }
  /// Texts at each length: as many as are cheap.
  func examCount(length: Int) -> Int {
    scale.pick(
      smoke: 2, standard: max(1, min(16, 32_768 / length)),
      full: max(4, min(16, 65_536 / length)))
  }
  var depthCount: Int { scale.pick(smoke: 4, standard: 8, full: 8) }

  var writtenTokens: Int { scale.pick(smoke: 8, standard: 100, full: 100) }
  var mapSide: Int { scale.pick(smoke: 100, standard: 500, full: 500) }
}
