import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  // MARK: One token in eight is hard

  var task: HardBits {
    let length = scale.pick(smoke: 16, standard: 64, full: 64)
    return HardBits(length: length, hardCount: length / 8)
  }
  var capacity: Double { 1.0 / 8 }
  var bitsSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 32, full: 64), length: task.length,
      stepCount: scale.pick(smoke: 4, standard: 1000, full: 2000), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 50))
  }
  /// The noise is gone at half the steps, so that the router can settle.
  var explored: Choice { .explored(noise: 10, untilStep: max(2, bitsSchedule.stepCount / 2)) }
  var seedCount: Int { scale.pick(smoke: 1, standard: 3, full: 5) }
  var examSequences: Int { scale.pick(smoke: 8, standard: 256, full: 512) }

  /// An encoder whose inputs are bits and whose only layer is the branch that a choice decides on.
  func bitsConfiguration(_ scheme: LightHeavy) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: task.vocabularyCount, modelDim: 48, layerCount: 1, headCount: 1,
      positions: NoPositions()
    ).with(pattern: Bidirectional())
    configuration.norm = .rmsNorm
    configuration.blocks = scheme
    configuration.classCount = HardBits.answerCount
    configuration.fixedEmbedding = Self.bits(width: 48)
    return configuration
  }

  func lightHeavy(
    _ choice: Choice, isDense: Bool = false, isLight: Bool = false, watch: RoutingWatch? = nil
  ) throws -> LightHeavy {
    try LightHeavy(
      lightDim: 2, heavyDim: 192, capacity: capacity, choice: choice, isDense: isDense,
      isLight: isLight, watch: watch)
  }

  /// Every way to choose, in the order of the page.
  func bitsWays() throws -> [(name: String, scheme: LightHeavy)] {
    [
      ("all heavy", try lightHeavy(.learned, isDense: true)),
      ("all light", try lightHeavy(.learned, isLight: true)),
      ("every 8th", try lightHeavy(.fixed)), ("random", try lightHeavy(.random)),
      ("learned", try lightHeavy(.learned)), ("learned, with noise", try lightHeavy(explored)),
      ("soft top-k", try lightHeavy(.soft)),
    ]
  }

  /// The signs of a token's bits, spread over the width by a fixed random matrix.
  private static func bits(width: Int) -> FixedEmbedding {
    let rows = HardBits.bitCount + 1
    var generator = SeededGenerator(seed: 0, stream: "bits to vectors")
    let matrix = (0..<rows * width).map { _ in generator.normal() / Float(rows).squareRoot() }
    return FixedEmbedding(identity: "signs of 13 bits") { token in
      let signs = HardBits.signs(token)
      return (0..<width).map { column in
        signs.indices.reduce(Float(0)) { $0 + signs[$1] * matrix[$1 * width + column] }
      }
    }
  }
}
