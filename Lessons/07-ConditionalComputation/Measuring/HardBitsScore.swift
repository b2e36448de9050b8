import Corpora
import SmallTransformer
import TensorCore

/// The accuracy of a model on hard and on easy tokens, and the precision of its router.
package struct HardBitsScore: Sendable {
  package let hardAccuracy: Double
  package let easyAccuracy: Double
  /// The share of routed tokens that are hard; nil where nothing was routed.
  package let precision: Double?

  package init(hardAccuracy: Double, easyAccuracy: Double, precision: Double?) {
    self.hardAccuracy = hardAccuracy
    self.easyAccuracy = easyAccuracy
    self.precision = precision
  }

  /// Scores a model on sequences that it was not trained on.
  ///
  /// - Complexity: one forward pass.
  package init(
    _ model: Transformer, _ task: HardBits, sequences: Int, seed: UInt64,
    recorder: RoutingRecorder
  ) {
    var generator = SeededGenerator(seed: seed, stream: "hard bits, held out")
    let (inputs, targets) = task.batch(sequences, &generator)
    recorder.routings = []
    let answers = model.likeliestClasses(for: inputs, batch: sequences)
    var (hard, easy) = (Accuracy(), Accuracy())
    for (input, (answer, target)) in zip(inputs, zip(answers, targets)) {
      if HardBits.isHard(input) { hard.add(answer == target) } else { easy.add(answer == target) }
    }
    hardAccuracy = hard.share
    easyAccuracy = easy.share
    let routed = recorder.routings.flatMap(\.rows)
    precision =
      routed.isEmpty
      ? nil
      : Double(routed.filter { HardBits.isHard(inputs[Int($0)]) }.count) / Double(routed.count)
  }
}

/// Counts right answers.
private struct Accuracy {
  private var right = 0
  private var asked = 0

  mutating func add(_ isRight: Bool) {
    asked += 1
    if isRight { right += 1 }
  }

  /// The share of right answers; 0 where nothing was asked.
  var share: Double { Double(right) / Double(max(1, asked)) }
}
