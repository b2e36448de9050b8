import LessonKit

/// The third part: a memory that counts what goes back and forth.
extension FlashTilingLesson {
  func countTraffic(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("A memory that counts")
    notebook.say(
      """
      What does tiling save? Not arithmetic. To see it, give the algorithms a machine in which \
      nothing is free: a slow memory where the matrices lie, a fast one that holds M numbers and no \
      more, and a counter on the road between them. Numbers can be computed with in fast memory \
      only, and an algorithm that asks for more than M gets an error, not more memory.
      """)
    notebook.show(marked: "the road", in: "CountedMemory.swift")
    notebook.say(
      """
      Three algorithms run on it, for real: their outputs are checked like all others. **Plain** \
      writes the scores out, reads them for the softmax, writes the probabilities, reads them \
      again. **FlashAttention-1** keeps a block of keys and lets queries and unfinished outputs \
      pass by. **FlashAttention-2** turns the loops round: a block of queries stays until its \
      output is finished, and keys and values pass by.
      """)
    notebook.show(marked: "keys outside", in: "CountedAttention.swift")
    notebook.show(marked: "queries outside", in: "CountedAttention.swift")
    notebook.formula(
      """
      plain    4n² + 2n²d/B + 2nd
      Flash-1  (3nd + 4n)·n/B + 3nd + 2n
      Flash-2  2n²d/B + 2nd + n
      """,
      legend: """
        n tokens of d numbers, B rows in the block that stays: queries, but keys in \
        FlashAttention-1. With B = M/4d the second is the paper's 12n²d²/M to first order
        """)
    let runs = try countByTile(notebook, experiment)
    let byCapacity = try countByCapacity(notebook, experiment)
    claimTraffic(notebook, runs + byCapacity)
  }

  private func countByTile(
    _ notebook: Notebook, _ experiment: Experiment
  ) throws -> [TrafficRun] {
    let bench = TrafficBench(experiment, seed: notebook.seed)
    let runs = try notebook.step("Count for every tile size") {
      try notebook.each(experiment.countedTiles) { outer in
        try LoopOrder.allCases.map { try bench.run($0, outer: outer) }
      }.flatMap { $0 }
    }
    try notebook.figure(
      "traffic-by-tile", trafficPlot(experiment, runs),
      caption: trafficCaption(experiment, runs))
    notebook.say(
      """
      Mind what the plain algorithm pays for: its products are tiled as well, so keys and values \
      pass by just as often as in FlashAttention-2. The difference between the two is the matrix \
      itself, four times n², whatever the tile.
      """)
    return runs
  }

  /// True by computation, whatever the sizes.
  private func trafficCaption(_ experiment: Experiment, _ runs: [TrafficRun]) -> String {
    func ratio(_ part: ArraySlice<TrafficRun>) -> String {
      let counted = part.map { Double($0.counted) }
      return Quantity.times.text(counted[0] / counted[2], digits: 2)
    }
    let count = LoopOrder.allCases.count
    return """
      Numbers moved between slow and fast memory for \(experiment.countedLength) tokens of \
      \(experiment.countedHeadDim); marks are counted, dashes are the formula. Larger tiles mean \
      fewer passes, but plain cannot fall below the matrix itself: it moves \
      \(ratio(runs.prefix(count))) what FlashAttention-2 moves at the smallest tile and \
      \(ratio(runs.suffix(count))) at the largest.
      """
  }

  private func countByCapacity(
    _ notebook: Notebook, _ experiment: Experiment
  ) throws -> [TrafficRun] {
    notebook.say(
      """
      A real machine does not give you B, it gives you M. FlashAttention-1's rule is \
      B = M/4d keys and min(B, d) queries: four blocks, and M is full. But the tile of scores needs \
      room as well. Try the rule in a memory that is strict.
      """)
    let bench = TrafficBench(experiment, seed: notebook.seed)
    let outcomes = try notebook.step("The paper's rule in a strict memory") {
      try experiment.capacities.map { capacity in
        (capacity, try bench.paperRule(capacity: capacity))
      }
    }
    notebook.table(
      "paper-rule", columns: ["M, numbers", "tile, queries × keys", "what happens"],
      rows: outcomes.map { capacity, outcome in
        [Quantity.count.text(Double(capacity)), outcome.tiles.description, outcome.text]
      },
      caption: """
        The rule is meant up to a constant. Queries, outputs, keys and values alone can fill M; the \
        scores then find no room. It fits where M is large against d².
        """)
    notebook.say(
      """
      So fit the tiles properly: \(experiment.innerTile) rows for the block that passes by, and for \
      the block that stays whatever M leaves when queries, outputs, keys, values, scores, maxima and \
      sums are all counted.
      """)
    let runs = try notebook.step("Count for every size of fast memory") {
      try notebook.each(experiment.capacities) { capacity in
        try LoopOrder.allCases.map { try bench.run($0, capacity: capacity) }
      }.flatMap { $0 }
    }
    notebook.table(
      "traffic-by-memory",
      columns: ["M, numbers"] + LoopOrder.allCases.map(\.rawValue) + ["plain / FlashAttention-2"],
      rows: experiment.capacities.indices.map { index in
        let count = LoopOrder.allCases.count
        let row = runs[index * count..<(index + 1) * count].map { Double($0.counted) }
        return [Quantity.count.text(Double(experiment.capacities[index]))]
          + row.map { Quantity.count.text($0) }
          + [Quantity.times.text(row[0] / row[2], digits: 3)]
      },
      caption: """
        Numbers moved, counted, with the largest tiles that fit. Twice the fast memory is half the \
        passes, so the two tiled orders gain; plain keeps its 4n².
        """)
    return runs
  }

  private func claimTraffic(_ notebook: Notebook, _ runs: [TrafficRun]) {
    notebook.claim(
      "Counts against the smooth formula, largest relative difference",
      runs.map(\.relativeDifference).max(), atMost: 0.05, from: .smoke, as: .percent)
    notebook.claim(
      "Counts against the formula with whole passes, largest difference in numbers",
      runs.map { Double(abs($0.counted - $0.exact)) }.max(), equals: 0, from: .smoke, as: .count)
    notebook.claim(
      "Largest difference of the counted outputs to the reference", runs.map(\.difference).max(),
      atMost: 1e-5, from: .smoke)
  }
}
