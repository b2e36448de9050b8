import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The second part of the page: the kernel that skips, held against the plain version and the clock.
extension SparseMasksLesson {
  func checkKernel(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("The kernel that skips")
    notebook.say(
      """
      The plain version scores every pair and throws the masked ones away. The engine's works in \
      blocks of 64 × 64 pairs: it **skips** the dropped ones, runs the whole ones without a mask, \
      and in the ones that the pattern cuts takes pairs out bit by bit. Equal cut blocks share one \
      mask, and the list is made once for all layers.
      """)
    notebook.show("NaiveAttention", in: "NaiveAttention.swift")
    let length = 131
    let difference = notebook.step("Do they agree, mask by mask?") {
      let operands = AttentionOperands(
        length: length, headCount: 1, headDim: 16, seed: notebook.seed, on: notebook.backend)
      let rows = operands.rows(on: notebook.backend)
      return experiment.pictured.reduce(0.0) { worst, pattern in
        let plain = NaiveAttention.output(
          queries: rows.queries, keys: rows.keys, values: rows.values, pattern)
        let engine = operands.output(pattern, on: notebook.backend)
        return zip(plain.joined(), engine.joined()).reduce(worst) {
          max($0, abs($1.0 - Double($1.1)))
        }
      }
    }
    notebook.claim(
      "Largest difference to the plain version, over all nine masks and \(length) tokens",
      difference, atMost: 1e-5, from: .smoke)
  }

  func clock(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Time and bytes against the length")
    notebook.say(
      """
      Now the clock, forward only, for \(experiment.timedHeads) head\
      \(experiment.timedHeads == 1 ? "" : "s") of \(experiment.timedHeadDim) dimensions. The strided \
      mask takes its stride from the length, √n, as its paper asks. Time is \
      \(notebook.backend.workTimeName), so that whatever else this machine does is left out. Bytes are the meter's peak \
      beyond queries, keys and values, plus the list of blocks with its masks.
      """)
    let costs = notebook.step("Run every mask at every length") {
      let calls = experiment.timedLengths.flatMap { n -> [AttentionCall] in
        let operands = AttentionOperands(
          length: n, headCount: experiment.timedHeads, headDim: experiment.timedHeadDim,
          seed: notebook.seed, on: notebook.backend)
        return experiment.timed(length: n).map { pattern in
          AttentionCall(pattern: pattern, operands: operands, blocks: pattern.blocks(length: n))
        }
      }
      return AttentionCost.byTurns(calls, rounds: experiment.sweepRounds, on: notebook.backend) {
        notebook.progress(done: $0, total: $1)
      }
    }
    let curves = experiment.timed(length: 1).indices.map { place in
      stride(from: place, to: costs.count, by: experiment.timed(length: 1).count).map { costs[$0] }
    }
    let names = experiment.timed(length: 1).map { $0 is Strided ? "strided √n" : $0.name }
    try notebook.figure(
      "time",
      costPlot(
        "Time of one attention call", "\(notebook.backend.workTimeName) (seconds)", names, curves
      ) {
        $0.seconds
      },
      caption: """
        Log-log: a straight line's slope is its exponent. Over the longer half of the lengths that \
        is \(shown(curves[0])) for full attention, \(shown(curves[3])) for the strided mask, which \
        asks for n·√n pairs but enters nearly every block, and \(shown(curves[1])) for the window.
        """)
    try showBytes(notebook, experiment, names, curves)
    claimExponents(notebook, names, curves)
    try proportion(notebook, experiment)
  }

  private func showBytes(
    _ notebook: Notebook, _ experiment: Experiment, _ names: [String], _ curves: [[AttentionCost]]
  ) throws {
    let short = experiment.timedLengths.filter { $0 <= experiment.longestMatrix }
    let matrix = notebook.step("Bytes where the matrix of all pairs is stored") {
      short.map { n in
        AttentionOperands(
          length: n, headCount: experiment.timedHeads, headDim: experiment.timedHeadDim,
          seed: notebook.seed, on: notebook.backend
        ).matrixBytes(on: notebook.backend)
      }
    }
    var plot = costPlot("Peak bytes of one attention call", "bytes", names, curves) {
      Double($0.peakBytes + $0.listBytes)
    }
    plot.series.append(
      Series(
        "matrix of all pairs", x: short.map(Double.init), y: matrix.map(Double.init),
        style: .dashed))
    try notebook.figure(
      "bytes", plot,
      caption: """
        In a kernel that works in tiles even full attention needs memory in proportion to n: here \
        masks save time, not bytes, and their lists cost a little. Only the matrix of all pairs \
        grows with the square.
        """)
    notebook.claim(
      "Exponent of peak bytes in n, matrix of all pairs",
      exponent(short.map(Double.init), matrix.map(Double.init)), within: 1.9...2.05, from: .smoke)
    notebook.claim(
      "Exponent of peak bytes in n, full attention in tiles",
      fitted(curves[0]) { Double($0.peakBytes) }, within: 0.8...1.05)
  }

  private func claimExponents(_ notebook: Notebook, _ names: [String], _ curves: [[AttentionCost]])
  {
    notebook.table(
      "exponents",
      columns: ["mask", "exponent of pairs", "exponent of time", "time at the longest"],
      rows: zip(names, curves).map { name, costs in
        [
          name, Quantity.plain.text(fitted(costs) { Double($0.pairCount) }, digits: 3),
          Quantity.plain.text(fitted(costs) { $0.seconds }, digits: 3),
          costs.last.map { Quantity.seconds.text($0.seconds) } ?? "",
        ]
      },
      caption: "Exponents by least squares over the longer half of the lengths.")
    notebook.claim(
      "Exponent of time in n, full attention", fitted(curves[0]) { $0.seconds }, within: 1.75...2.25
    )
    notebook.claim(
      "Exponent of time in n, window", fitted(curves[1]) { $0.seconds }, within: 0.75...1.25)
    if let full = curves[0].last, let window = curves[1].last {
      notebook.claim(
        "At the longest text: time of full attention over the window's",
        full.seconds / window.seconds, atLeast: 10, as: .times)
    }
  }

  /// Time against kept blocks, all masks through one way of the kernel.
  private func proportion(_ notebook: Notebook, _ experiment: Experiment) throws {
    let n = experiment.proportionLength
    notebook.say(
      """
      So what does decide the time, if not the pairs? Give every mask to the kernel in the same \
      form, as a list of blocks, at n = \(Quantity.count.text(Double(n))), and set time against the \
      blocks that are kept.
      """)
    let costs = notebook.step("Time against kept blocks") {
      let operands = AttentionOperands(
        length: n, headCount: experiment.timedHeads, headDim: experiment.timedHeadDim,
        seed: notebook.seed, on: notebook.backend)
      let calls = experiment.timed(length: n).map { pattern in
        AttentionCall(pattern: pattern, operands: operands, blocks: pattern.blockList(length: n))
      }
      return AttentionCost.byTurns(calls, rounds: experiment.timingRounds, on: notebook.backend)
    }
    let perBlock = costs.map { $0.seconds / Double($0.keptBlocks ?? 1) }
    try notebook.figure(
      "time-by-blocks",
      LinePlot(
        title: "Time against kept blocks, n = \(n)",
        x: .log("kept blocks of 64 × 64 pairs", base: 2),
        y: .log("\(notebook.backend.workTimeName) (seconds)"),
        series: costs.map { cost in
          Series(
            cost.name, x: [Double(cost.keptBlocks ?? 1)], y: [cost.seconds], style: .points)
        } + [
          Series(
            "in proportion to causal",
            x: costs.map { Double($0.keptBlocks ?? 1) }.sorted(),
            y: costs.map { Double($0.keptBlocks ?? 1) }.sorted().map { $0 * perBlock[0] },
            style: .dashed)
        ]),
      caption: """
        The dashed line is what each mask would take at the speed of full attention, however many \
        pairs it keeps inside its blocks. Time per block against full attention's: from \
        \(Quantity.times.text((perBlock.min() ?? 0) / perBlock[0], digits: 3)) to \
        \(Quantity.times.text((perBlock.max() ?? 0) / perBlock[0], digits: 3)) of it. Cut blocks are \
        the dearer ones, since their pairs are computed and then taken out.
        """)
    // Seeds 1, 2 and 3, masks by turns: 1.17 to 1.18 for the dearest; none was cheaper than full.
    notebook.claim(
      "Time per kept block: the dearest mask over full attention",
      (perBlock.max() ?? 0) / perBlock[0], atMost: 1.5, as: .times)
    notebook.claim(
      "Time per kept block: the cheapest mask over full attention",
      (perBlock.min() ?? 0) / perBlock[0], atLeast: 0.8, as: .times)
  }

  private func shown(_ costs: [AttentionCost]) -> String {
    Quantity.plain.text(fitted(costs) { $0.seconds }, digits: 3)
  }

  private func fitted(_ costs: [AttentionCost], _ value: (AttentionCost) -> Double) -> Double {
    let longer = costs.suffix(max(2, (costs.count + 1) / 2))
    return exponent(longer.map { Double($0.length) }, longer.map(value))
  }

  private func costPlot(
    _ title: String, _ label: String, _ names: [String], _ curves: [[AttentionCost]],
    _ value: (AttentionCost) -> Double
  ) -> LinePlot {
    let lengths = curves[0].map { Double($0.length) }
    return LinePlot(
      title: title,
      x: .log("tokens", base: 2, ticks: lengths.map { Tick($0, Quantity.count.text($0)) }),
      y: .log(label),
      series: zip(names, curves).map { name, costs in
        Series(name, x: lengths, y: costs.map(value))
      })
  }
}
