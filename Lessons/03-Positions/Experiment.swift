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
}

/// The frequencies with which the lesson runs one trained RoPE model.
enum Stretch: String, CaseIterable, Codable {
  case asTrained = "as-trained"
  case interpolation, ntk, yarn
  case fittedYaRN = "yarn-fitted"

  /// The frequencies for `factor` times the trained length; nil for those of the training.
  func scaling(factor: Int, trainedLength: Int) -> (any RotaryScaling)? {
    guard factor > 1 else { return nil }
    let s = Double(factor)
    switch self {
    case .asTrained: return nil
    case .interpolation: return PositionInterpolation(factor: s)
    case .ntk: return NTKAware(factor: s)
    case .yarn: return YaRN(factor: s, trainedLength: trainedLength)
    case .fittedYaRN:
      return YaRN(
        factor: s, trainedLength: trainedLength,
        beta: YaRN.fittedBeta(trainedLength: trainedLength))
    }
  }
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
  /// Held-out tokens at each length: the same ones, cut into longer and longer windows.
  var evaluationTokens: Int { scale.pick(smoke: 512, standard: 16_384, full: 65_536) }

  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 16, full: 16), length: trainedLength,
      stepCount: scale.pick(smoke: 8, standard: 450, full: 1500), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 45, full: 100))
  }

  // MARK: Models

  func positions(_ scheme: Scheme) -> any PositionScheme { scheme.positions(longest: longest) }

  func configuration(_ scheme: Scheme) -> TransformerConfiguration {
    configuration(positions(scheme))
  }

  /// RoPE with the frequencies for a multiple of the trained length.
  func configuration(_ stretch: Stretch, multiple: Int) -> TransformerConfiguration {
    configuration(
      Rotary(scaling: stretch.scaling(factor: multiple, trainedLength: trainedLength)))
  }

  /// The same, with the learner's frequencies for YaRN if the run has them.
  func configuration(
    _ stretch: Stretch, multiple: Int, by learners: LearnersCode<YaRNCall, [Double]>?
  ) throws -> TransformerConfiguration {
    let scaling = stretch.scaling(factor: multiple, trainedLength: trainedLength)
    guard let learners, let yarn = scaling as? YaRN else {
      return configuration(stretch, multiple: multiple)
    }
    let own = try LearnersYaRN(yarn, headDim: shape.headDim, by: learners)
    return configuration(Rotary(scaling: own))
  }

  /// The same model, in which every layer sees the last T tokens only.
  func narrowed(_ scheme: Scheme) -> TransformerConfiguration {
    configuration(scheme).with(pattern: SlidingWindow(trainedLength))
  }

  /// The sizes that all models share; they do not depend on the scheme.
  var shape: TransformerConfiguration { configuration(NoPositions()) }

  private func configuration(_ positions: any PositionScheme) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 32, standard: 96, full: 256),
      layerCount: scale.pick(smoke: 2, standard: 4, full: 6),
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
  /// The frequencies with which RoPE is fine-tuned. YaRN with the paper's β is left out: an earlier
  /// section shows what it does.
  var fineTunedStretches: [Stretch] {
    Stretch.allCases.filter { $0 != .asTrained && $0 != .yarn }
  }
  var fineTunedMultiple: Int { 4 }

  /// Four times the length, the same number of tokens per step, a tenth of the steps.
  var fineTuning: TrainingSchedule {
    TrainingSchedule(
      batchCount: max(1, schedule.batchCount / fineTunedMultiple),
      length: fineTunedMultiple * trainedLength,
      stepCount: max(2, schedule.stepCount / 10), peakLearningRate: 1e-3,
      warmUpSteps: max(1, schedule.stepCount / 100))
  }
}

extension Stretch {
  /// The name in legends and tables.
  func name(trainedLength: Int) -> String {
    switch self {
    case .asTrained: "as trained"
    case .interpolation: "position interpolation"
    case .ntk: "NTK-aware"
    case .yarn: "YaRN, β = 32 (paper)"
    case .fittedYaRN:
      "YaRN, β = \(Quantity.plain.text(YaRN.fittedBeta(trainedLength: trainedLength))) "
        + "(fitted to T)"
    }
  }
}
