import LessonKit
import SmallTransformer

/// Section "How many pairs": pairs and blocks of each mask, by formula and counted.
extension SparseMasksLesson {
  private struct PairCount {
    let name: String
    /// Nil for a pattern without a formula.
    let formula: Int?
    let counted: Int
    let keptBlocks: Int

    init(_ pattern: any SparsePattern, length: Int) {
      name = pattern.name
      formula = pattern.pairCount(length: length)
      counted = pattern.countedPairs(length: length)
      keptBlocks = pattern.blockList(length: length).keptCount
    }
  }

  func countPairs(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("How many pairs")
    notebook.formula(
      #"""
      \text{causal:} \quad \frac{n(n + 1)}{2}
      \text{window } W\text{:} \quad nW - \frac{W(W - 1)}{2}
      S \text{ sinks and window } W\text{:} \quad (S + W)n - \frac{(S + W)(S + W - 1)}{2}
      """#,
      legend:
        "n tokens; the query itself counts, so a window of W holds W − 1 earlier tokens")
    countByHand(notebook)
    notebook.say(
      """
      Each pattern has its formula in its file. Here every pair is also counted, at a length that \
      no block size divides, and the two numbers must be equal. *Kept blocks* are the blocks of 64 \
      × 64 pairs in which the pattern keeps at least one pair. A kernel that works in blocks has \
      to enter all of them.
      """)
    let n = experiment.timedLengths.last.map { min($0, 4096) - 3 } ?? 509
    let counts = notebook.step("count-pairs", "Count pairs and blocks") {
      experiment.timedPatterns(length: n).mapValues { PairCount($1, length: n) }
    }
    let causal = counts[.causal]
    notebook.table(
      "pairs",
      columns: [
        "mask", "pairs by formula", "pairs counted", "share of causal pairs",
        "share of causal blocks",
      ],
      rows: counts.map { _, count in
        [
          count.name, count.formula.map { Quantity.count.text(Double($0)) } ?? "none",
          Quantity.count.text(Double(count.counted)),
          Quantity.percent.text(Double(count.counted) / Double(causal.counted), digits: 3),
          Quantity.percent.text(Double(count.keptBlocks) / Double(causal.keptBlocks), digits: 3),
        ]
      },
      caption: """
        Pairs kept at \(Quantity.count.text(Double(n))) tokens. The last two columns differ where \
        the pairs are spread out: the strided mask keeps few pairs and touches nearly every block.
        """)
    notebook.claim(
      "pair-count-difference",
      "Over all masks, the count of the pairs and the formula differ by at most {}",
      counts.map { Double(abs(($1.formula ?? 0) - $1.counted)) }.max(), equals: 0, from: .smoke,
      as: .count)
  }

  private func countByHand(_ notebook: Notebook) {
    let (n, size, mask) = (8, 4, SlidingWindow(3))
    let counts = (0..<n).map { query in mask.keys(of: query).reduce(0) { $0 + $1.count } }
    let blocks = (0..<n / size).map { row in
      (0...row).count { block in
        (row * size..<(row + 1) * size).contains { query in
          (block * size..<(block + 1) * size).contains { mask.sees(query: query, key: $0) }
        }
      }
    }
    let causal = n * (n + 1) / 2
    notebook.example(
      "Pairs and blocks by hand: \(n) tokens, a window of 3", columns: ["query", "keys", "pairs"],
      rows: counts.enumerated().map { query, count in
        [
          "\(query)", mask.keys(of: query).joined().map(String.init).joined(separator: ", "),
          "\(count)",
        ]
      },
      result: """
        \(counts.reduce(0, +)) pairs, as the formula says: \(n) · 3 − 3 · 2 / 2. Full attention has \
        \(causal). But in blocks of \(size) × \(size), both rows of blocks keep every block that \
        they have: \(blocks.reduce(0, +)) of \((1...n / size).reduce(0, +)). At this size a kernel \
        that skips blocks saves nothing.
        """)
  }
}
