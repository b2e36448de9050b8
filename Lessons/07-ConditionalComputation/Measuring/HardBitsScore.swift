import Autograd
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
    let tape = Tape(model.backend, isRecording: false)
    let logits = model.backend.read(model.logits(inputs, batch: sequences, tape: tape).value)
    var (hard, easy) = (Accuracy(), Accuracy())
    for (position, target) in targets.enumerated() {
      let row = logits[position * HardBits.answerCount..<(position + 1) * HardBits.answerCount]
      let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
      let isRight = best - row.startIndex == Int(target)
      if HardBits.isHard(inputs[position]) { hard.add(isRight) } else { easy.add(isRight) }
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
