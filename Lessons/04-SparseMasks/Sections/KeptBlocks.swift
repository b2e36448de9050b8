import LessonKit
import Plotting
import SmallTransformer

/// Section "Time and kept blocks": the number of blocks that a kernel enters decides its time.
extension SparseMasksLesson {
  func compareKeptBlocks(_ notebook: Notebook, _ experiment: Experiment) throws {
    let n = experiment.keptBlocksLength
    notebook.heading("Time and kept blocks")
    notebook.say(
      """
      What decides the time, if not the pairs? Give every mask to the kernel in the same form, as \
      a list of blocks, at n = \(Quantity.count.text(Double(n))). Then compare the time with the \
      number of kept blocks.
      """)
    let costs = notebook.step("time-by-blocks", "Measure time and kept blocks") {
      let operands = RandomHeads(
        length: n, headCount: experiment.timedHeads, headDim: experiment.timedHeadDim,
        seed: notebook.seed, on: notebook.backend)
      let calls = experiment.timedPatterns(length: n).map { mask, pattern in
        AttentionCall(
          mask: mask, pattern: pattern, operands: operands, blocks: pattern.blockList(length: n))
      }
      return AttentionCost.measure(
        calls, rounds: experiment.keptBlocksRounds, on: notebook.backend)
    }
    guard let causal = costs.first(where: { $0.mask == .causal }) else { return }
    let sparse = costs.filter { $0.mask != .causal }
    let ratios = sparse.map { $0.secondsPerBlock / causal.secondsPerBlock }
    let (lowest, highest) = (ratios.min() ?? .nan, ratios.max() ?? .nan)
    try notebook.figure(
      "time-by-blocks",
      keptBlocksPlot(costs, causal, timeName: notebook.backend.workTimeName),
      caption: """
        On the dashed line, every kept block takes as long as in full attention, however few of \
        its pairs are kept. Measured, a kept block takes from \
        \(Quantity.times.text(lowest, digits: 3)) to \(Quantity.times.text(highest, digits: 3)) \
        that time. Cut blocks take longer, because the kernel computes all of their pairs and then \
        removes some.
        """)
    notebook.claim(
      "block-time-highest",
      "The dearest sparse mask pays {} as much for a kept block as full attention",
      highest, atMost: 1.3, as: .times, pilots: Pilot.dearestBlock)
    notebook.claim(
      "block-time-lowest",
      "The cheapest sparse mask pays {} as much for a kept block as full attention",
      lowest, atLeast: 0.95, as: .times, pilots: Pilot.cheapestBlock)
  }

  private func keptBlocksPlot(
    _ costs: [AttentionCost], _ causal: AttentionCost, timeName: String
  ) -> LinePlot {
    let blocks = costs.map(\.blockCount).sorted()
    return LinePlot(
      title: "Time and kept blocks, n = \(Quantity.count.text(causal.length))",
      x: .log("kept blocks of 64 × 64 pairs", base: 2), y: .log(timeName, unit: .seconds),
      series: costs.map { cost in
        Series(cost.name, x: [cost.blockCount], y: [cost.seconds], style: .points)
      } + [
        Series(
          "at the speed of full attention", x: blocks,
          y: blocks.map { $0 * causal.secondsPerBlock }, style: .dashed)
      ])
  }
}

extension AttentionCost {
  fileprivate var blockCount: Double { Double(keptBlocks ?? 1) }
  fileprivate var secondsPerBlock: Double { seconds / blockCount }
}
