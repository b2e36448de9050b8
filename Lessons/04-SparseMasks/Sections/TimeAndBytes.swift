import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "Time and bytes by length": what each mask costs as the text grows.
extension SparseMasksLesson {
  /// The costs of each mask, from the shortest to the longest text.
  private typealias CostCurves = Keyed<Mask, [AttentionCost]>

  func measureCosts(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Time and bytes by length")
    notebook.say(
      """
      Now the time of the forward pass, for \(experiment.timedHeads) head\
      \(experiment.timedHeads == 1 ? "" : "s") of \(experiment.timedHeadDim) dimensions. The \
      strided mask gets its stride from the length, √n, as its paper asks. Time is \
      \(notebook.backend.workTimeName), which excludes other work on this machine. Bytes are the \
      peak of the memory meter beyond queries, keys and values, plus the list of blocks with its \
      masks.
      """)
    let curves = notebook.step("time-masks", "Run every mask at every length") {
      let calls = experiment.timedLengths.flatMap { n -> [AttentionCall] in
        let operands = RandomHeads(
          length: n, headCount: experiment.timedHeads, headDim: experiment.timedHeadDim,
          seed: notebook.seed, on: notebook.backend)
        return experiment.timedPatterns(length: n).map { mask, pattern in
          AttentionCall(
            mask: mask, pattern: pattern, operands: operands, blocks: pattern.blocks(length: n))
        }
      }
      let costs = AttentionCost.measure(
        calls, rounds: experiment.sweepRounds, on: notebook.backend
      ) { notebook.progress(done: $0, total: $1) }
      return experiment.timedPatterns(length: 1).mapValues { mask, _ in
        costs.filter { $0.mask == mask }
      }
    }
    try drawTimes(notebook, curves)
    try drawBytes(notebook, experiment, curves)
    showExponents(notebook, curves)
  }

  private func drawTimes(_ notebook: Notebook, _ curves: CostCurves) throws {
    // A stride of two blocks.
    let bend = 2 * BlockCuts.largestBlockSize
    func exponent(_ mask: Mask) -> String { exponentText(curves[mask]) { $0.seconds } }
    try notebook.figure(
      "time",
      costPlot(
        "Time of one attention call", notebook.backend.workTimeName, .seconds, curves
      ) { $0.seconds },
      caption: """
        Both axes are logarithmic, so the slope of a straight line is its exponent. Over the \
        longer half of the lengths the exponent is \(exponent(.causal)) for full attention and \
        \(exponent(.window)) for the window. It is \(exponent(.strided)) for the strided mask, \
        which keeps about n·√n pairs but enters nearly every block in this order. At \
        \(Quantity.count.text(bend * bend)) tokens its curve bends: the stride is two blocks, so \
        every second diagonal of blocks drops out.
        """)
  }

  private func drawBytes(
    _ notebook: Notebook, _ experiment: Experiment, _ curves: CostCurves
  ) throws {
    let short = experiment.timedLengths.filter { $0 <= experiment.longestMatrix }
    let matrix = notebook.step("measure-matrix", "Bytes of the stored score matrix") {
      short.map { n in
        RandomHeads(
          length: n, headCount: experiment.timedHeads, headDim: experiment.timedHeadDim,
          seed: notebook.seed, on: notebook.backend
        ).matrixBytes(on: notebook.backend)
      }
    }
    var plot = costPlot(
      "Peak bytes of one attention call", "memory", .bytes, curves,
      // All masks need the same: three lines say it.
      masks: [.causal, .window, .strided]
    ) {
      Double($0.peakBytes + $0.listBytes)
    }
    plot.series.append(
      Series(
        "naive, matrix stored", x: short.map(Double.init), y: matrix.map(Double.init),
        style: .dashed, of: .reference))
    try notebook.figure(
      "bytes", plot,
      caption: """
        The tiled kernel never stores the score matrix, so full attention already needs only \
        memory linear in n. A mask cannot save memory here. Its list of blocks even costs a \
        little. A mask saves time. Only the stored score matrix grows with the square of n.
        """)
    notebook.claim(
      "bytes-exponent-naive", "Storing the score matrix, peak bytes grow as n to the power of {}",
      PowerLaw(short.map(Double.init), matrix.map(Double.init))?.exponent, within: 1.9...2.05,
      from: .smoke)
    notebook.claim(
      "bytes-exponent-tiled",
      "In tiles, the peak bytes of full attention grow as n to the power of {}",
      exponent(curves[.causal]) { Double($0.peakBytes) }, within: 0.8...1.05)
  }

  private func showExponents(_ notebook: Notebook, _ curves: CostCurves) {
    notebook.table(
      "exponents",
      columns: ["mask", "exponent of pairs", "exponent of time", "time at the longest text"],
      rows: curves.map { mask, costs in
        [
          label(mask, costs), exponentText(costs) { Double($0.pairCount) },
          exponentText(costs) { $0.seconds },
          costs.last.map { Quantity.seconds.text($0.seconds) } ?? "",
        ]
      },
      caption: "Exponents by least squares over the longer half of the lengths.")
    notebook.claim(
      "time-exponent-causal", "The time of full attention grows as n to the power of {}",
      exponent(curves[.causal]) { $0.seconds }, within: 1.85...2.15,
      pilots: Pilot.causalExponent)
    notebook.claim(
      "time-exponent-window", "The time of the window grows as n to the power of {}",
      exponent(curves[.window]) { $0.seconds }, within: 0.9...1.15,
      pilots: Pilot.windowExponent)
    if let full = curves[.causal].last, let window = curves[.window].last {
      notebook.claim(
        "window-speedup", "At the longest text, full attention takes {} as long as the window",
        full.seconds / window.seconds, atLeast: 30, as: .times, pilots: Pilot.windowSpeedup)
    }
  }

  /// Fitted over the longer half of the lengths; nil where the values allow no fit.
  private func exponent(
    _ costs: [AttentionCost], _ value: (AttentionCost) -> Double
  ) -> Double? {
    let longer = costs.suffix(max(2, (costs.count + 1) / 2))
    return PowerLaw(longer.map { Double($0.length) }, longer.map(value))?.exponent
  }

  private func exponentText(
    _ costs: [AttentionCost], _ value: (AttentionCost) -> Double
  ) -> String {
    exponent(costs, value).map { Quantity.plain.text($0, digits: 3) } ?? "not known"
  }

  /// The strided mask has a different stride at each length.
  private func label(_ mask: Mask, _ costs: [AttentionCost]) -> String {
    mask == .strided ? "strided √n" : costs.first?.name ?? mask.rawValue
  }

  private func costPlot(
    _ title: String, _ yLabel: String, _ unit: Axis.Unit, _ curves: CostCurves,
    masks: [Mask] = Mask.allCases, _ value: (AttentionCost) -> Double
  ) -> LinePlot {
    let lengths = curves[.causal].map { Double($0.length) }
    return LinePlot(
      title: title,
      x: .log("tokens", base: 2, ticks: lengths.map { Tick($0, Quantity.count.text($0)) }),
      y: .log(yLabel, unit: unit),
      series: curves.pairs.filter { masks.contains($0.key) }.map { mask, costs in
        Series(label(mask, costs), x: lengths, y: costs.map(value), of: mask.concept)
      })
  }
}
