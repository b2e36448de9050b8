import LessonKit
import Plotting

/// The section "Measure the time": the parts of a layer in seconds.
extension CostLesson {
  func measureTime(_ notebook: Notebook, _ experiment: Experiment) throws {
    let widths = experiment.timedWidths
    notebook.heading("Measure the time")
    notebook.say(
      """
      FLOPs are not seconds: some kernels do more FLOPs per second than others. So measure the \
      time of every part of a layer, of widths \(widths.map(String.init).joined(separator: " and ")), \
      at lengths from \(experiment.timedLengths[0]) to \
      \(Quantity.count.text(Double(experiment.timedLengths.last ?? 0))). The rounds are \
      interleaved: each round measures every part at every length once.
      """)
    let timings = widths.map { d in
      notebook.step("time-parts-\(d)", "Measure every part at every length, d = \(d)") {
        LayerTiming(
          lengths: experiment.timedLengths, width: d, rounds: experiment.rounds,
          seed: notebook.seed, on: notebook.backend
        ) { done, total in notebook.progress(done: done, total: total) }
      }
    }
    let timing = timings[0]
    try draw(notebook, timing)
    tabulate(notebook, timing)
    tabulateWidths(notebook, timings)
    // Earlier runs: 1.91 to 1.98; 1.03 and 1.05; 9.1 to 10.4 d. The last is above 6 d because the
    // attention kernel does more FLOPs per second than products of such small matrices. Between two
    // short lengths the exponent varies from 0.8 to 1.37: it depends on the length from which on
    // several threads share the work.
    notebook.claim(
      "exponent-longest", "Exponent of time in n, from the second longest to the longest n",
      timing.exponents.last, within: 1.7...2.1)
    notebook.claim(
      "exponent-shortest", "Exponent of time in n, over the first three doublings of n",
      timing.exponent(overFirst: 3), within: 0.8...1.3)
    notebook.claim(
      "crossing-time", "Attention: n/d at which it takes the same time as the linear layers",
      timing.crossing, within: 4...16)
    notebook.claim(
      "crossing-time-wider",
      "The same for the widest layer: n/d at which attention takes the time of the linear layers",
      timings.last?.crossing, within: 4...16)
  }

  private func tabulateWidths(_ notebook: Notebook, _ timings: [LayerTiming]) {
    notebook.table(
      "widths",
      columns: ["d", "exponent at short n", "exponent at the longest n", "equal at", "in FLOPs"],
      rows: timings.map { timing in
        [
          Quantity.count.text(Double(timing.width)),
          Quantity.plain.text(timing.exponent(overFirst: 3), digits: 3),
          Quantity.plain.text(timing.exponents.last ?? .nan, digits: 3),
          timing.crossing.map { "n = \(Quantity.plain.text($0, digits: 3)) d" } ?? "not reached",
          "n = 6 d",
        ]
      },
      caption: """
        The same for each width. The length at which attention and the linear layers take the same \
        time grows with the width, as the formula says. It is not 6d: the kernels do not all do \
        the same number of FLOPs per second.
        """)
  }

  private func draw(_ notebook: Notebook, _ timing: LayerTiming) throws {
    let lengths = timing.points.map { Double($0.length) }
    try notebook.figure(
      "time-by-length",
      LinePlot(
        title: "Measured time of one layer forward, d = \(timing.width)",
        x: .log("length n (tokens)", base: 2), y: .log("time", unit: .seconds),
        series: [
          Series("the layer", x: lengths, y: timing.points.map(\.totalSeconds), of: .reference),
          Series(
            "linear layers", x: lengths, y: timing.points.map(\.linearSeconds), of: .linearLayers),
          Series(
            "attention", x: lengths, y: timing.points.map { $0.seconds[.attention] },
            of: .standardAttention),
        ],
        marks: timing.crossing.map {
          let place = Quantity.plain.text($0, digits: 2)
          return [.vertical($0 * Double(timing.width), "equal at n = \(place) d")]
        } ?? []),
      caption: """
        At short lengths, doubling n doubles the time: the exponent is \
        \(Quantity.plain.text(timing.exponent(overFirst: 3), digits: 3)) over the first three \
        doublings. At long lengths it nearly quadruples the time: the exponent is \
        \(Quantity.plain.text(timing.exponents.last ?? .nan, digits: 3)) at the last doubling. At the vertical line, attention and the linear layers take the same \
        time.
        """)
  }

  private func tabulate(_ notebook: Notebook, _ timing: LayerTiming) {
    func text(_ seconds: Double) -> String { Quantity.seconds.text(seconds, digits: 3) }
    // There is no length after the longest.
    let exponents = timing.exponents.map { Quantity.plain.text($0, digits: 3) } + [""]
    notebook.table(
      "times", columns: ["n", "linear layers", "attention", "exponent to the next n"],
      rows: zip(timing.points, exponents).map { point, exponent in
        [
          Quantity.count.text(Double(point.length)), text(point.linearSeconds),
          text(point.seconds[.attention]), exponent,
        ]
      },
      caption: """
        Medians over all rounds, for one layer forward, without normalization and activation \
        functions.
        """)
  }
}
