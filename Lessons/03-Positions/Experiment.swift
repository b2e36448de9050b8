import Corpora
import LessonKit
import SmallTransformer

/// The position schemes that the lesson compares, in the order of the page.
package enum Scheme: String, CaseIterable, Codable {
  case sinusoidal, learned, rope, alibi
  case noPositions = "none"

  /// The engine's implementation. A learned table gets one row per position below `longest`.
  func positions(longest: Int) -> any PositionScheme {
    switch self {
    case .sinusoidal: Sinusoidal()
    case .learned: Learned(positionCount: longest)
    case .rope: Rotary()
    case .alibi: ALiBi()
    case .noPositions: NoPositions()
    }
  }

  /// The name in legends and tables.
  var name: String { positions(longest: 1).name }

  /// The standard deviation of the token vectors before training. Tokens begin as large as the
  /// vectors that are added to them: waves have a mean square of ½, learned vectors a standard
  /// deviation of 0.02.
  var embeddingInitStd: Float { self == .sinusoidal ? 1 : 0.02 }
}

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale
  /// The schemes of this run, in the order of the page.
  var schemes = Scheme.allCases

  /// T: tokens of a training sequence.
  var trainedLength: Int { scale.pick(smoke: 32, standard: 128, full: 512) }
  /// Multiples of T at which the trained models are evaluated, in ascending order.
  var multiples: [Int] {
    scale.pick(smoke: [1, 2, 4], standard: [1, 2, 4, 8, 16], full: [1, 2, 4, 8, 16])
  }
  var lengths: [Int] { multiples.map { $0 * trainedLength } }
  var longestMultiple: Int { multiples.last ?? 1 }
  var longest: Int { longestMultiple * trainedLength }
  /// The multiple of T that shows where a curve leaves the others, and the positions of one mean.
  var zoomedMultiple: Int { 4 }
  var zoomWidth: Int { max(1, trainedLength / 8) }
  /// Held-out tokens at each length: the same ones, cut into longer and longer windows.
  var evaluationTokens: Int { scale.pick(smoke: 512, standard: 16_384, full: 65_536) }
  /// Bytes of the training part that n-grams are counted on at most.
  var mostCountedBytes: Int {
    scale.pick(smoke: 100_000, standard: 16_000_000, full: 16_000_000)
  }
  /// Bytes that the training of one model reads.
  var bytesRead: Int { schedule.stepCount * schedule.tokensPerStep }

  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 4, full: 16), length: trainedLength,
      stepCount: scale.pick(smoke: 8, standard: 1500, full: 3000),
      peakLearningRate: scale.pick(smoke: 2e-3, standard: 6e-3, full: 4e-3),
      warmUpSteps: scale.pick(smoke: 2, standard: 120, full: 200))
  }

  /// The number of models of each scheme, trained from different seeds.
  var seedCount: Int { scale.pick(smoke: 2, standard: 3, full: 3) }

  // MARK: Models

  func positions(_ scheme: Scheme) -> any PositionScheme { scheme.positions(longest: longest) }

  func configuration(_ scheme: Scheme) -> TransformerConfiguration {
    var configuration = configuration(positions(scheme))
    configuration.embeddingInitStd = scheme.embeddingInitStd
    return configuration
  }

  /// The sinusoidal model with GPT-2's small token vectors, which the waves dominate.
  var drownedTokens: TransformerConfiguration {
    var configuration = configuration(.sinusoidal)
    configuration.embeddingInitStd = 0.02
    return configuration
  }

  /// The RoPE model whose frequencies are changed, with those of a stretch.
  func configuration(_ stretch: Stretch) -> TransformerConfiguration {
    stretched(
      stretch.scaling(factor: Double(stretchFactor), trainedLength: stretchedLength))
  }

  /// The same, with the learner's frequencies for YaRN if the run has them.
  func configuration(
    _ stretch: Stretch, by learners: LearnersCode<YaRNCall, [Double]>?
  ) throws -> TransformerConfiguration {
    guard let learners,
      let yarn = stretch.scaling(factor: Double(stretchFactor), trainedLength: stretchedLength)
        as? YaRN
    else { return configuration(stretch) }
    return stretched(
      try LearnersYaRN(yarn, base: stretchedBase, headDim: shape.headDim, by: learners))
  }

  private func stretched(_ scaling: (any RotaryScaling)?) -> TransformerConfiguration {
    configuration(Rotary(base: stretchedBase, scaling: scaling))
  }

  /// The same model, in which every layer sees the last T tokens only.
  func narrowed(_ scheme: Scheme) -> TransformerConfiguration {
    configuration(scheme).with(pattern: SlidingWindow(trainedLength))
  }

  /// The sizes that all models share; they do not depend on the scheme.
  var shape: TransformerConfiguration { configuration(NoPositions()) }

  private func configuration(_ positions: any PositionScheme) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 32, standard: 64, full: 256),
      layerCount: scale.pick(smoke: 2, standard: 3, full: 6),
      headCount: scale.pick(smoke: 2, standard: 4, full: 8), positions: positions)
    configuration.norm = .rmsNorm
    configuration.hasBiases = false
    return configuration
  }

  // MARK: Parts of the page that use some of the cases

  /// Schemes that are evaluated once more without the far context.
  var narrowedSchemes: [Scheme] { [.sinusoidal, .rope, .alibi] }
  /// Schemes whose models score the same bytes with more and more context.
  var fixedContextSchemes: [Scheme] { [.rope, .alibi] }
  var fineTunedMultiple: Int { 4 }
  /// Schemes that are trained a little at four times their length.
  var fineTunedSchemes: [Scheme] { schemes.filter { $0 != .noPositions } }

  /// Four times the length, the same number of tokens per step, a tenth of the steps.
  func fineTuning(from schedule: TrainingSchedule) -> TrainingSchedule {
    TrainingSchedule(
      batchCount: max(1, schedule.batchCount / fineTunedMultiple),
      length: fineTunedMultiple * schedule.length, stepCount: max(2, schedule.stepCount / 10),
      peakLearningRate: schedule.schedule.peak / 4, warmUpSteps: max(1, schedule.stepCount / 100))
  }

  // MARK: The RoPE model whose frequencies are changed

  /// Its T: long enough that some pairs make 32 rotations.
  var stretchedLength: Int { scale.pick(smoke: 64, standard: 512, full: 1024) }
  /// Its base: so small that only a third of the pairs does not complete a rotation within T.
  var stretchedBase: Double { scale.pick(smoke: 1000, standard: 1500, full: 2500) }
  /// s: the one factor for which the frequencies are changed.
  var stretchFactor: Int { 4 }
  /// Multiples of its T at which it is evaluated.
  var stretchedMultiples: [Int] {
    scale.pick(smoke: [1, 2, 4], standard: [1, 2, 4, 8], full: [1, 2, 4, 8])
  }

  /// The longest text that any part of the lesson reads.
  var longestText: Int { max(longest, (stretchedMultiples.last ?? 1) * stretchedLength) }

  var stretchedSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 1, full: 8), length: stretchedLength,
      stepCount: schedule.stepCount, peakLearningRate: schedule.schedule.peak,
      warmUpSteps: schedule.schedule.warmUpSteps)
  }

  // MARK: Recall

  var recallTask: EarlyKeys {
    EarlyKeys(keyCount: 8, valueCount: 8, length: scale.pick(smoke: 32, standard: 64, full: 128))
  }
  /// Texts of the questions are this many times as long as those of the training.
  var recallMultiple: Int { 4 }
  var recallTexts: Int { scale.pick(smoke: 8, standard: 64, full: 128) }
  /// Distances to a statement: within T, up to 2 T, and beyond.
  var recallBands: [ClosedRange<Int>] {
    let length = recallTask.length
    return [1...length / 2, length / 2 + 1...length - 1]
      + (2..<2 * recallMultiple).map { $0 * length / 2...($0 + 1) * length / 2 - 1 }
  }
  /// Schemes that are asked for keys: those without a vector per position, which would be new beyond
  /// T.
  var recallSchemes: [Scheme] { [.rope, .alibi, .noPositions] }
  var recallSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 16, full: 16), length: recallTask.length,
      stepCount: scale.pick(smoke: 8, standard: 500, full: 1500), peakLearningRate: 4e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 50, full: 100))
  }

  func recallConfiguration(_ scheme: Scheme) -> TransformerConfiguration {
    let longest = recallMultiple * recallTask.length
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: recallTask.vocabularyCount, modelDim: 32, layerCount: 2, headCount: 4,
      positions: scheme.positions(longest: longest))
    configuration.norm = .rmsNorm
    configuration.hasBiases = false
    configuration.embeddingInitStd = scheme.embeddingInitStd
    return configuration
  }
}
