import Autograd
import Corpora
import SmallTransformer
import TensorCore

/// How often a model names the right value, by the gap back to the key's last time.
struct RecallByGap: Codable {
  private(set) var right: [Int: Int] = [:]
  private(set) var asked: [Int: Int] = [:]

  /// - Complexity: one forward pass a sequence.
  init(_ model: Transformer, _ task: AssociativeRecall, sequences: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "recall, held out")
    let together = min(32, sequences)
    for _ in 0..<max(1, sequences / together) {
      let batch = task.batch(together, &generator)
      let tape = Tape(model.backend, isRecording: false)
      let logits = model.backend.read(
        model.logits(batch.inputs, batch: together, tape: tape).value)
      add(batch, logits, width: task.vocabularyCount)
    }
  }

  private mutating func add(_ batch: RecallBatch, _ logits: [Float], width: Int) {
    for (place, target) in batch.targets.enumerated() where target >= 0 {
      let row = logits[place * width..<(place + 1) * width]
      let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
      asked[batch.gaps[place], default: 0] += 1
      if best - row.startIndex == Int(target) { right[batch.gaps[place], default: 0] += 1 }
    }
  }

  /// The gaps that were asked for often enough to say something.
  func gaps(askedAtLeast count: Int) -> [Int] {
    asked.filter { $0.value >= count }.keys.sorted()
  }

  /// The share that was right, over a range of gaps; nil where none was asked.
  func accuracy(_ gaps: ClosedRange<Int>) -> Double? {
    let count = asked.filter { gaps.contains($0.key) }.reduce(0) { $0 + $1.value }
    guard count > 0 else { return nil }
    let good = right.filter { gaps.contains($0.key) }.reduce(0) { $0 + $1.value }
    return Double(good) / Double(count)
  }

  func count(_ gaps: ClosedRange<Int>) -> Int {
    asked.filter { gaps.contains($0.key) }.reduce(0) { $0 + $1.value }
  }
}
