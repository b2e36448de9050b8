import Autograd
import Corpora
import SmallTransformer
import TensorCore

/// How a model does on hard and on easy tokens, and whom its router picks.
struct BitsExam {
  private(set) var hardAccuracy = 0.0
  private(set) var easyAccuracy = 0.0
  /// The share of picked tokens that are hard; nil where nobody is picked.
  private(set) var precision: Double?

  /// - Complexity: one forward pass.
  init(_ model: Transformer, _ task: HardBits, sequences: Int, seed: UInt64, watch: RoutingWatch) {
    var generator = SeededGenerator(seed: seed, stream: "hard bits, held out")
    let (inputs, targets) = task.batch(sequences, &generator)
    watch.routed = []
    let tape = Tape(model.backend, isRecording: false)
    let logits = model.backend.read(model.logits(inputs, batch: sequences, tape: tape).value)
    var (right, asked) = ([0, 0], [0, 0])
    for (place, target) in targets.enumerated() {
      let row = logits[place * HardBits.answerCount..<(place + 1) * HardBits.answerCount]
      let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
      let kind = HardBits.isHard(inputs[place]) ? 1 : 0
      asked[kind] += 1
      if best - row.startIndex == Int(target) { right[kind] += 1 }
    }
    easyAccuracy = Double(right[0]) / Double(max(1, asked[0]))
    hardAccuracy = Double(right[1]) / Double(max(1, asked[1]))
    let picked = watch.routed.flatMap(\.rows)
    guard !picked.isEmpty else { return }
    precision =
      Double(picked.filter { HardBits.isHard(inputs[Int($0)]) }.count) / Double(picked.count)
  }
}
