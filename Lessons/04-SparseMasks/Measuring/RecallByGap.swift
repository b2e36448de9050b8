import Autograd
import Corpora
import SmallTransformer
import TensorCore

/// How often a model names the right value, by the gap between the question and the last statement
/// of its key, in tokens.
package struct RecallByGap: Codable {
  package private(set) var right: [Int: Int] = [:]
  package private(set) var asked: [Int: Int] = [:]

  /// - Complexity: one forward pass per sequence.
  package init(_ model: Transformer, _ task: AssociativeRecall, sequences: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "recall, held out")
    let batchCount = min(32, sequences)
    for _ in 0..<max(1, sequences / batchCount) {
      let batch = task.batch(batchCount, &generator)
      let tape = Tape(model.backend, isRecording: false)
      let logits = model.backend.read(
        model.logits(batch.inputs, batch: batchCount, tape: tape).value)
      add(batch, logits, classCount: task.vocabularyCount)
    }
  }

  private mutating func add(_ batch: RecallBatch, _ logits: [Float], classCount: Int) {
    for (place, target) in batch.targets.enumerated() where target >= 0 {
      let row = logits[place * classCount..<(place + 1) * classCount]
      let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
      asked[batch.gaps[place], default: 0] += 1
      if best - row.startIndex == Int(target) { right[batch.gaps[place], default: 0] += 1 }
    }
  }

  /// The gaps with at least this many questions, ascending.
  package func gaps(askedAtLeast count: Int) -> [Int] {
    asked.filter { $0.value >= count }.keys.sorted()
  }

  /// The share of right answers over a range of gaps; nil where no question has such a gap.
  package func accuracy(_ gaps: ClosedRange<Int>) -> Double? {
    let asked = count(self.asked, gaps)
    return asked > 0 ? Double(count(right, gaps)) / Double(asked) : nil
  }

  private func count(_ byGap: [Int: Int], _ gaps: ClosedRange<Int>) -> Int {
    byGap.filter { gaps.contains($0.key) }.reduce(0) { $0 + $1.value }
  }
}

/// What a model with a sliding window can know about a statement, by the gap to it.
package enum GapBand: CaseIterable {
  /// The window sees the statement.
  case visible
  /// The window does not see the statement, but another token can pass it on, one layer later.
  case relayed
  /// No information about the statement can arrive.
  case outOfReach

  package func gaps(window: Int, layers: Int, length: Int) -> ClosedRange<Int> {
    let reach = layers * (window - 1)
    switch self {
    case .visible: return 1...window - 1
    case .relayed: return window...reach
    case .outOfReach: return reach + 1...max(reach + 1, length)
    }
  }
}
