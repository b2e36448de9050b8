import Corpora
import LessonKit
import SmallTransformer

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  /// T: tokens of a training sequence.
  var trainedLength: Int { scale.pick(smoke: 32, standard: 128, full: 512) }
  /// Multiples of T at which the trained models read.
  var multiples: [Int] {
    scale.pick(smoke: [1, 2, 4], standard: [1, 2, 4, 8, 16], full: [1, 2, 4, 8, 16])
  }
  var lengths: [Int] { multiples.map { $0 * trainedLength } }
  var longest: Int { lengths.last ?? trainedLength }
  /// Held-out tokens read at each length: the same ones, cut into longer and longer windows.
  var evaluationTokens: Int { scale.pick(smoke: 512, standard: 16_384, full: 65_536) }

  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 16, full: 16), length: trainedLength,
      stepCount: scale.pick(smoke: 8, standard: 450, full: 1500), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 45, full: 100))
  }

  /// Four times the length, as many tokens a step, a tenth of the steps.
  var fineTuning: TrainingSchedule {
    TrainingSchedule(
      batchCount: max(1, schedule.batchCount / fineTunedMultiple),
      length: fineTunedMultiple * trainedLength,
      stepCount: max(2, schedule.stepCount / 10), peakLearningRate: 1e-3,
      warmUpSteps: max(1, schedule.stepCount / 100))
  }
  var fineTunedMultiple: Int { 4 }

  func configuration(_ positions: any PositionScheme) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 32, standard: 96, full: 256),
      layerCount: scale.pick(smoke: 2, standard: 4, full: 6),
      headCount: scale.pick(smoke: 2, standard: 4, full: 8), positions: positions)
    configuration.norm = .rmsNorm
    configuration.hasBiases = false
    return configuration
  }

  /// The five answers, in the order of the page.
  var schemes: [any PositionScheme] {
    [Sinusoidal(), Learned(positionCount: longest), Rotary(), ALiBi(), NoPositions()]
  }

  /// A rotary model read with other frequencies at a multiple of the trained length.
  func scalings(multiple: Int) -> [(any RotaryScaling)?] {
    let factor = Double(multiple)
    guard multiple > 1 else { return [nil, nil, nil, nil, nil] }
    return [
      nil, PositionInterpolation(factor: factor), NTKAware(factor: factor),
      YaRN(factor: factor, trainedLength: trainedLength),
      YaRN(
        factor: factor, trainedLength: trainedLength,
        beta: YaRN.fittedBeta(trainedLength: trainedLength)),
    ]
  }
}

extension Experiment {
  /// What RoPE is fine-tuned with; the paper's β has shown before what it does.
  var fineTunedScalings: [any RotaryScaling] {
    scalings(multiple: fineTunedMultiple).enumerated().compactMap { index, scaling in
      index == 3 ? nil : scaling
    }
  }

  /// Schemes, by their places, that are read once more without the far context.
  var narrowedSchemes: [Int] { [0, 2, 3] }

  func narrowed(_ positions: any PositionScheme) -> TransformerConfiguration {
    configuration(positions).with(pattern: SlidingWindow(trainedLength))
  }
}

/// One curve: a model, or a way to read it, and its loss at each length.
struct Curve: Codable {
  let name: String
  let readings: [LossByPosition]

  var perplexities: [Double] { readings.map(\.perplexity) }
  /// Perplexity at a multiple's place over that at the trained length.
  func ratio(at index: Int) -> Double { perplexities[index] / perplexities[0] }

  /// "sinusoidal × 17": what the longest reading did to it.
  var growth: String {
    "\(name) × \(Quantity.plain.text(ratio(at: perplexities.count - 1), digits: 3))"
  }
}
