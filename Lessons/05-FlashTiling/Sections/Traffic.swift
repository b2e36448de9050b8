import LessonKit

/// Section "A memory that counts": traffic between slow and fast memory.
extension FlashTilingLesson {
  func countTraffic(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("A memory that counts")
    notebook.say(
      """
      What does tiling save? Not arithmetic. To see it, give the algorithms a machine with two \
      memories: a slow one (on a GPU: HBM) with the matrices, and a fast one (SRAM) with room for \
      M numbers. A counter counts every number that moves between them. Algorithms compute only \
      with numbers in fast memory. An algorithm that needs more than M gets an error, not more \
      memory.
      """)
    notebook.show(
      marked: "traffic", in: "Technique/CountedMemory.swift", focus: "package func read(")
    notebook.say(
      """
      Three algorithms really run on it, and their outputs are checked like all others. **Naive** \
      attention writes the scores, reads them for the softmax, writes the probabilities and reads \
      them again. **FlashAttention-1** keeps a block of keys, and reads all queries and partial \
      outputs for it. **FlashAttention-2** swaps the loops: it keeps a block of queries until its \
      output is complete, and reads all keys and values for it.
      """)
    notebook.show(
      marked: "keys outside", in: "Technique/CountedAttention.swift", focus: "for rows in")
    notebook.show(
      marked: "queries outside", in: "Technique/CountedAttention.swift", focus: "for columns in")
    notebook.formula(
      #"""
      \text{naive:} \quad 4n^2 + \frac{2n^2 d}{B} + 2nd
      \text{FlashAttention-1:} \quad (3nd + 4n) \frac{n}{B} + 3nd + 2n
      \text{FlashAttention-2:} \quad \frac{2n^2 d}{B} + 2nd + n
      """#,
      legend: """
        n tokens of d numbers, B rows in the block that stays: queries, but keys in \
        FlashAttention-1. With B = M/4d the second formula is the paper's 12n²d²/M to first order
        """)
    notebook.ask(
      """
      The block that stays gets twice as many rows. How does the traffic of each of the three \
      algorithms change?
      """,
      answer: """
        All of them pass over the rest half as often. For the two tiled orders that is nearly \
        everything, so they move about half as much. Naive attention also moves the matrix itself, \
        4n² numbers, and that does not change.
        """)
    let runs = try countByTile(notebook, experiment)
    let byCapacity = try countByCapacity(notebook, experiment)
    claimTraffic(notebook, (runs + byCapacity).flatMap { $0.map { $1 } })
    try countBackward(notebook, experiment)
  }

  private func countBackward(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.say(
      """
      The backward pass moves more. Naive attention has saved P. It reads P and writes dP, reads \
      both and writes dS, and reads dS for dQ and again for dK. The tiled pass keeps a block of \
      keys and values with their gradients, and computes every tile of P again. So the gradients \
      of the queries are what is read and written in every pass.
      """)
    notebook.show(
      marked: "backward", in: "Technique/CountedBackward.swift", focus: "for rows in")
    notebook.formula(
      #"""
      \text{naive, backward:} \quad 7n^2 + \frac{4n^2 d}{B} + 4nd
      \text{tiled, backward:} \quad (4nd + 2n) \frac{n}{B} + 7nd + n
      """#,
      legend: "B rows in the block that stays: queries for naive attention, keys for tiled")
    let bench = TrafficBench(experiment, seed: notebook.seed)
    let runs = try notebook.step("count-backward", "Count the backward passes") {
      try bench.backward(outers: experiment.countedBackwardTiles)
    }
    notebook.table(
      "traffic-backward",
      columns: ["rows that stay"] + Method.allCases.map(\.rawValue) + ["naive / tiled"],
      rows: runs.map { run in
        [Quantity.count.text(Double(run[.naive].outer))]
          + run.map { Quantity.count.text(Double($1.counted)) }
          + [
            Quantity.times.text(
              Double(run[.naive].counted) / Double(run[.tiled].counted), digits: 3)
          ]
      },
      caption: """
        Numbers moved in the backward pass, counted. Naive attention moves seven matrices here and \
        four in the forward pass. The tiled pass moves none.
        """)
    let all = runs.flatMap { $0.map { $1 } }
    notebook.claim(
      "traffic-backward-formula",
      "The counts of the backward passes differ by at most {} from the formulas",
      all.map { Double(abs($0.counted - $0.exact)) }.max(), equals: 0, from: .smoke, as: .count)
    notebook.claim(
      "traffic-gradients",
      "The gradients of the counted backward passes differ by at most {} from the reference",
      all.map(\.difference).max(), atMost: 1e-5, from: .smoke, kind: .exact)
  }

  private func countByTile(
    _ notebook: Notebook, _ experiment: Experiment
  ) throws -> [Keyed<LoopOrder, TrafficRun>] {
    let bench = TrafficBench(experiment, seed: notebook.seed)
    let runs = try notebook.step("count-by-tile", "Count for every tile size") {
      try notebook.each(experiment.countedTiles) { outer in
        try Keyed<LoopOrder, TrafficRun> { try bench.run($0, outer: outer) }
      }
    }
    if let smallest = runs.first, let largest = runs.last {
      try notebook.figure(
        "traffic-by-tile", trafficPlot(runs),
        caption: """
          Numbers moved between slow and fast memory for \
          \(Quantity.count.text(experiment.countedLength)) tokens of \(experiment.countedHeadDim) \
          numbers each. Points are counts, dashed lines are the formula. Larger tiles mean fewer \
          passes, but naive attention always moves the matrix. At the smallest tile it moves \
          \(naiveRatio(smallest, digits: 2)) what FlashAttention-2 moves, and \
          \(naiveRatio(largest, digits: 2)) at the largest.
          """)
    }
    notebook.say(
      """
      Compare the naive algorithm with FlashAttention-2. Its products are tiled too, so it reads \
      keys and values as often. The difference between the two is the matrix itself: 4n² numbers \
      moved, at any tile size.
      """)
    return runs
  }

  /// The traffic of naive attention divided by that of FlashAttention-2.
  private func naiveRatio(_ runs: Keyed<LoopOrder, TrafficRun>, digits: Int) -> String {
    let ratio = Double(runs[.naive].counted) / Double(runs[.flashAttention2].counted)
    return Quantity.times.text(ratio, digits: digits)
  }

  private func countByCapacity(
    _ notebook: Notebook, _ experiment: Experiment
  ) throws -> [Keyed<LoopOrder, TrafficRun>] {
    let bench = TrafficBench(experiment, seed: notebook.seed)
    try tryPaperRule(notebook, experiment, bench)
    notebook.say(
      """
      So count everything when you choose the tiles: queries, outputs, keys, values, scores, \
      maxima and sums. The inner block gets \(experiment.innerTile) rows. The block that stays \
      gets as many rows as fit into M.
      """)
    let runs = try notebook.step("count-by-memory", "Count for every size of fast memory") {
      try notebook.each(experiment.capacities) { capacity in
        try Keyed<LoopOrder, TrafficRun> { try bench.run($0, capacity: capacity) }
      }
    }
    notebook.table(
      "traffic-by-memory",
      columns: ["M, numbers"] + LoopOrder.allCases.map(\.rawValue) + ["naive / FlashAttention-2"],
      rows: zip(experiment.capacities, runs).map { capacity, runs in
        [Quantity.count.text(Double(capacity))]
          + runs.map { Quantity.count.text(Double($1.counted)) }
          + [naiveRatio(runs, digits: 3)]
      },
      caption: """
        Numbers moved, counted, with the largest tiles that fit. Twice the fast memory means half \
        the passes, so the two tiled orders move less. Naive attention still moves 4n² numbers.
        """)
    return runs
  }

  private func tryPaperRule(
    _ notebook: Notebook, _ experiment: Experiment, _ bench: TrafficBench
  ) throws {
    notebook.say(
      """
      On a real machine you know M, and you must choose B. FlashAttention-1's rule is B = M/4d \
      keys and min(B, d) queries: four such blocks fill M. But the tile of scores needs memory \
      too. Try the rule in a memory with a strict limit.
      """)
    let outcomes = try notebook.step("paper-rule", "The paper's rule in a strict memory") {
      try experiment.capacities.map { capacity in
        (capacity, try bench.paperRule(capacity: capacity))
      }
    }
    notebook.table(
      "paper-rule", columns: ["M, numbers", "tile, queries × keys", "result"],
      rows: outcomes.map { capacity, outcome in
        [Quantity.count.text(Double(capacity)), outcome.tiles.description, outcome.text]
      },
      caption: """
        The paper's block size M/4d is only an order of magnitude. Queries, outputs, keys and \
        values alone can fill M, and then the tile of scores does not fit. The rule fits if M is \
        much larger than d².
        """)
  }

  private func claimTraffic(_ notebook: Notebook, _ runs: [TrafficRun]) {
    notebook.claim(
      "traffic-formula", "The counted numbers differ by at most {} from the formulas",
      runs.map(\.relativeDifference).max(), atMost: 0.05, from: .smoke, as: .percent, kind: .exact)
    notebook.claim(
      "traffic-exact-formula",
      "With whole passes in the formulas, the counts differ by at most {}",
      runs.map { Double(abs($0.counted - $0.exact)) }.max(), equals: 0, from: .smoke, as: .count)
    notebook.claim(
      "traffic-outputs",
      "The outputs of the counted algorithms differ by at most {} from the reference",
      runs.map(\.difference).max(), atMost: 1e-5, from: .smoke, kind: .exact)
  }
}
