import LessonKit
import Plotting
import SmallTransformer

/// The first part of the page: nine masks, drawn and counted, and what they reach.
extension SparseMasksLesson {
  func showMasks(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Nine masks")
    notebook.say(
      """
      A pattern says one thing: **which keys a query looks at**, as ranges. Membership of a pair, the \
      count of pairs, the blocks that a kernel must enter and the picture all follow from it. The \
      keys depend on the query's position alone, never on the length of the text, so that a text \
      read at once and token by token is read in the same way.
      """)
    notebook.show("SparsePattern", in: "Sources/SmallTransformer/Patterns/SparsePattern.swift")
    notebook.say(
      "Two of the nine, whole. The others are as short, and stand in the lesson's folder.")
    notebook.show("Strided", in: "Patterns/Strided.swift")
    notebook.show("GlobalTokens", in: "Patterns/GlobalTokens.swift")
    let length = experiment.pictureLength
    let pictures = notebook.step("Draw each of them") {
      experiment.pictured.map { (name: $0.name, values: $0.picture(length: length)) }
    }
    try notebook.figure(
      "masks",
      HeatMapSheet(
        title: "Which keys a query looks at",
        maps: pictures.map { name, values in
          HeatMap(
            title: name, values: values, rows: length, columns: length, xLabel: "key",
            yLabel: "query", barLabel: "kept", valueRange: 0...1)
        }, across: 3),
      caption: """
        Nine masks over \(length) tokens; dark is kept, gray is the future. A window is a band, a \
        stride a comb, global tokens a cross; random blocks and block-sparse masks are made of \
        squares.
        """)
  }

  func countPairs(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("How many pairs")
    notebook.formula(
      "causal: n(n + 1)/2    window W: nW − W(W − 1)/2    S sinks + window W: (S + W)n − (S + W)(S + W − 1)/2",
      legend: "n tokens; the query itself counts, so a window of W holds W − 1 earlier tokens")
    notebook.say(
      """
      Each pattern has its formula in its file. Here every pair is counted as well, at a ragged \
      length, and the two must be equal. *Kept blocks* are the squares of 64 × 64 pairs in which the \
      pattern keeps at least one: what a kernel that works in blocks has to enter.
      """)
    let n = experiment.timedLengths.last.map { min($0, 4096) - 3 } ?? 509
    let patterns = experiment.timed(length: n)
    let counts = notebook.step("Count pairs and blocks") {
      patterns.map { pattern in
        (
          formula: pattern.pairCount(length: n), counted: pattern.countedPairs(length: n),
          blocks: pattern.blockList(length: n).keptCount
        )
      }
    }
    let all = Double(counts[0].counted)
    notebook.table(
      "pairs",
      columns: [
        "mask", "pairs by formula", "pairs counted", "share of causal", "share of its blocks",
      ],
      rows: zip(patterns, counts).map { pattern, count in
        [
          pattern.name, count.formula.map { Quantity.count.text(Double($0)) } ?? "none",
          Quantity.count.text(Double(count.counted)),
          Quantity.percent.text(Double(count.counted) / all, digits: 3),
          Quantity.percent.text(Double(count.blocks) / Double(counts[0].blocks), digits: 3),
        ]
      },
      caption: """
        Pairs kept of \(Quantity.count.text(Double(n))) tokens. The last two columns part where a \
        pattern is spread thin: the strided mask keeps few pairs and still touches nearly every block.
        """)
    notebook.claim(
      "Largest difference of a count to its formula, over all masks",
      counts.map { Double(abs(($0.formula ?? 0) - $0.counted)) }.max(), equals: 0, from: .smoke,
      as: .count)
  }

  func followReach(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("What a token can have heard from")
    notebook.say(
      """
      What a query may not look at can still reach it: key k tells query i what k heard a layer \
      earlier. So the reach after L layers is the L-th **boolean power** of the mask. No training \
      is needed to know it, and no training can exceed it.
      """)
    notebook.show("Reach", in: "Reach.swift")
    let (n, layers) = (experiment.reachLength, experiment.reachLayers)
    let shares = notebook.step("Multiply the masks, layer by layer") {
      experiment.reaching.map { pattern in
        (name: pattern.name, shares: Reach.shares(pattern, length: n, layers: layers))
      }
    }
    try notebook.figure(
      "reach",
      LinePlot(
        title: "Share of all earlier tokens that can have been heard from, n = \(n)",
        x: .linear("layers", ticks: (1...layers).map { Tick(Double($0), "\($0)") }),
        y: .linear("share of pairs", range: 0...1.02),
        series: shares.map { name, shares in
          Series(name, x: (1...layers).map(Double.init), y: shares)
        }),
      caption: """
        After two layers the strided mask, the fixed one and global tokens reach everything. A \
        window grows by about the same step each layer; a dilated one steps farther, but only ever meets one residue in four; sinks \
        add nothing to a window's reach, since nobody can tell the first tokens anything.
        """)
    try claimReach(notebook, experiment)
  }

  private func claimReach(_ notebook: Notebook, _ experiment: Experiment) throws {
    let (n, W) = (experiment.reachLength, experiment.reachWindow)
    let layers = 4
    let window = reach(SlidingWindow(W), n, layers)
    notebook.claim(
      "A window of \(W): tokens that the last query of \(layers) layers can have heard from, itself included",
      Double(window.heardCount(query: n - 1)), equals: Double(layers * (W - 1) + 1), from: .smoke,
      as: .count)
    notebook.claim(
      "The same window: distance to the farthest of them, against \(layers) · (\(W) − 1)",
      Double(window.farthest(query: n - 1)), equals: Double(layers * (W - 1)), from: .smoke,
      as: .count)
    notebook.claim(
      "Strided, two layers: share of all earlier tokens reached",
      reach(Strided(W), n, 2).share, equals: 1, from: .smoke, as: .percent)
    notebook.claim(
      "Fixed, two layers: share of all earlier tokens reached",
      reach(Fixed(W, summary: 4), n, 2).share, equals: 1, from: .smoke, as: .percent)
    notebook.claim(
      "A window with a global token every \(W) tokens, two layers: share reached",
      reach(
        GlobalTokens(window: W, at: experiment.globalPlaces(every: W, below: n)), n, 2
      ).share, equals: 1, from: .smoke, as: .percent)
    let dilated = reach(DilatedWindow(W, dilation: 4), n, 64)
    notebook.claim(
      "Dilated by 4, any number of layers: tokens that the last query hears from, against one in four",
      Double(dilated.heardCount(query: n - 1)), equals: Double((n - 1) / 4 + 1), from: .smoke,
      as: .count)
  }

  private func reach(_ pattern: any SparsePattern, _ length: Int, _ layers: Int) -> Reach {
    var reach = Reach(pattern, length: length)
    for _ in 0..<layers { reach.addLayer() }
    return reach
  }
}
