import Corpora
import SmallTransformer
import TensorCore

/// How often a model names the right value, by the gap between the question and the statement of
/// its key, in tokens; and how often the mask shows it the statement.
package struct RecallByGap: Codable {
  package private(set) var right: [Int: Int] = [:]
  package private(set) var asked: [Int: Int] = [:]
  /// Questions whose statement the mask itself shows, without another token that passes it on.
  package private(set) var shown: [Int: Int] = [:]

  /// Asks a model with this pattern. `batchCount` texts are read at once.
  /// - Complexity: one forward pass per text.
  package init(
    _ model: Transformer, _ task: AssociativeRecall, _ pattern: any SparsePattern = Causal(),
    sequences: Int, batchCount: Int = 32, seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed, stream: "recall, held out")
    let batchCount = min(batchCount, sequences)
    for _ in 0..<max(1, sequences / batchCount) {
      let batch = task.batch(batchCount, &generator)
      let answers = model.likeliestClasses(for: batch.inputs, batch: batchCount)
      for (place, target) in batch.targets.enumerated() where target >= 0 {
        let (query, gap) = (place % task.length, batch.gaps[place])
        asked[gap, default: 0] += 1
        if answers[place] == target { right[gap, default: 0] += 1 }
        if pattern.sees(query: query, key: query - gap) { shown[gap, default: 0] += 1 }
      }
    }
  }

  /// The gaps with at least this many questions, ascending.
  package func gaps(askedAtLeast count: Int) -> [Int] {
    asked.filter { $0.value >= count }.keys.sorted()
  }

  /// The share of right answers over a range of gaps; nil where no question has such a gap.
  package func accuracy(_ gaps: ClosedRange<Int>) -> Double? { share(right, gaps) }

  /// The share of right answers of a reader who knows what the mask shows directly and else guesses
  /// with this chance; nil where no question has such a gap.
  package func directAccuracy(_ gaps: ClosedRange<Int>, chance: Double) -> Double? {
    share(shown, gaps).map { $0 + (1 - $0) * chance }
  }

  private func share(_ counted: [Int: Int], _ gaps: ClosedRange<Int>) -> Double? {
    let asked = count(self.asked, gaps)
    return asked > 0 ? Double(count(counted, gaps)) / Double(asked) : nil
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

/// The recall of the models of one mask, one for each seed.
struct RecallOfSeeds: Codable {
  let seeds: [RecallByGap]

  init(_ seeds: [RecallByGap]) { self.seeds = seeds }

  /// The share of each seed; a seed without such a question is left out.
  func accuracies(_ gaps: ClosedRange<Int>) -> [Double] { seeds.compactMap { $0.accuracy(gaps) } }

  /// The mean of the seeds; nil where no question has such a gap.
  func accuracy(_ gaps: ClosedRange<Int>) -> Double? { average(accuracies(gaps)) }

  func directAccuracy(_ gaps: ClosedRange<Int>, chance: Double) -> Double? {
    average(seeds.compactMap { $0.directAccuracy(gaps, chance: chance) })
  }

  private func average(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
