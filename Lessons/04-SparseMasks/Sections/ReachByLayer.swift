import LessonKit
import Plotting
import SmallTransformer

/// Section "Which tokens can reach a query": the reach of each mask, layer by layer.
extension SparseMasksLesson {
  func followReach(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Which tokens can reach a query")
    notebook.say(
      """
      A token that a query may not look at can still reach it. Key k passes on to query i what k \
      received one layer earlier. So the reach after L layers is the L-th **boolean power** of the \
      mask. You can compute it without training, and no training can exceed it.
      """)
    try notebook.figure(
      "cone", coneDrawing,
      caption: """
        The last of 16 tokens, after two layers. Colored: a state that its result depends on. A \
        window widens by W − 1 tokens a layer. The stride and the global token reach everything.
        """)
    notebook.show("Reach", in: "Technique/Reach.swift", focus: "package mutating func addLayer")
    let (n, layers) = (experiment.reachLength, experiment.reachLayers)
    let (patterns, shares) = try notebook.step(
      "multiply-masks", "Multiply the masks, layer by layer"
    ) {
      let patterns = try withLearners(experiment.reachPatterns, notebook, length: n)
      return (
        patterns,
        patterns.mapValues { _, pattern in
          (name: pattern.name, shares: Reach.shares(pattern, length: n, layers: layers))
        }
      )
    }
    try notebook.figure(
      "reach",
      HeatMap(
        title: "Share of all earlier tokens that can reach a query, n = \(Quantity.count.text(n))",
        values: shares.map { $1.shares }.joined().map(Float.init), rows: shares.keys.count,
        columns: layers, xLabel: "layers", yLabel: "", xRange: 1...Double(layers),
        yTicks: shares.map { $1.name }.enumerated().map { Tick(Double($0), $1) },
        barLabel: "share of pairs (in the cells: percent)", valueRange: 0...1,
        cellTexts: shares.map { $1.shares }.joined().map { "\(Int((100 * $0).rounded()))" }),
      caption: """
        After two layers the strided mask, the fixed mask and global tokens reach everything. With \
        a window, each layer adds about the same distance. A dilation of 4 reaches farther per \
        layer, but only positions 96, 92, 88, … can reach a query at position 100: three of four \
        tokens never do, with any number of layers. Every query can see the sinks, but the sinks \
        see nothing except themselves, so no other token's information passes through them.
        """)
    claimReach(notebook, experiment, patterns)
  }

  private func claimReach(
    _ notebook: Notebook, _ experiment: Experiment, _ patterns: Keyed<Mask, any SparsePattern>
  ) {
    let (n, W) = (experiment.reachLength, experiment.reachWindow)
    let layers = 4
    let window = reach(patterns[.window], n, layers)
    notebook.claim(
      "reach-window-tokens",
      "With a window of \(W), {} tokens can reach the last query in \(layers) layers, itself "
        + "included",
      Double(window.reachedCount(query: n - 1)), equals: Double(layers * (W - 1) + 1), from: .smoke,
      as: .count)
    notebook.claim(
      "reach-window-distance",
      "The farthest of them is {} tokens back: \(layers) · (\(W) − 1)",
      Double(window.farthest(query: n - 1)), equals: Double(layers * (W - 1)), from: .smoke,
      as: .count)
    notebook.claim(
      "reach-strided",
      "In two layers of the strided mask, {} of the earlier tokens can reach a query",
      reach(patterns[.strided], n, 2).share, equals: 1, from: .smoke, as: .percent)
    notebook.claim(
      "reach-fixed", "In two layers of the fixed mask, {} of the earlier tokens can reach a query",
      reach(patterns[.fixed], n, 2).share, equals: 1, from: .smoke, as: .percent)
    notebook.claim(
      "reach-global",
      "With a global token every \(W) tokens, in two layers, {} of the earlier tokens can reach a "
        + "query",
      reach(patterns[.global], n, 2).share, equals: 1, from: .smoke, as: .percent)
    let dilation = experiment.reachDilation
    notebook.claim(
      "reach-dilated",
      "With a dilation of \(dilation), {} tokens can reach the last query even in 64 layers: one in "
        + "\(dilation)",
      Double(reach(patterns[.dilated], n, 64).reachedCount(query: n - 1)),
      equals: Double((n - 1) / dilation + 1), from: .smoke, as: .count)
  }

  private func reach(_ pattern: any SparsePattern, _ length: Int, _ layers: Int) -> Reach {
    var reach = Reach(pattern, length: length)
    for _ in 0..<layers { reach.addLayer() }
    return reach
  }

  /// For three masks, the states that the last token's result after two layers depends on.
  private var coneDrawing: Schematic {
    let (n, layers) = (16, 2)
    let masks: [(String, any SparsePattern, Concept)] = [
      ("window of 4", SlidingWindow(4), .window), ("stride of 4", Strided(4), .strided),
      ("window of 4, token 8 global", GlobalTokens(window: 4, at: [8]), .globalTokens),
    ]
    var drawing = Schematic("Which states reach the last token", rows: 14)
    for (index, (name, pattern, concept)) in masks.enumerated() {
      let top = index * 5
      drawing.label(name, column: 10, row: top, .bold)
      var needed: [Set<Int>] = [[n - 1]]
      for _ in 0..<layers {
        needed.append(Set(needed[needed.count - 1].flatMap { pattern.keys(of: $0).joined() }))
      }
      for (row, tokens) in needed.enumerated() {
        drawing.label(
          row == layers ? "input" : "layer \(layers - row)", column: 8, row: top + 1 + row,
          align: .right, .secondary)
        drawing.cells(column: 10, row: top + 1 + row, rows: 1, columns: n, cellWidth: 3) {
          .init(tokens.contains($1) ? .solid(concept) : .empty, row == layers ? "\($1)" : "")
        }
      }
    }
    return drawing
  }
}
