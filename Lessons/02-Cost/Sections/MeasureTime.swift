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
    // The bounds are wide because of other programs: between two short lengths the exponent depends
    // on the length from which on several threads share the work, and the crossing on how many
    // FLOPs per second the attention kernel does beside products of small matrices.
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
        The same for each width. If all kernels did the same number of FLOPs per second, attention \
        and the linear layers would take the same time at 6d.
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
        An exponent of 1 means that doubling n doubles the time, 2 that it takes four times as \
        long. Over the first three doublings the exponent is \
        \(Quantity.plain.text(timing.exponent(overFirst: 3), digits: 3)), at the last one \
        \(Quantity.plain.text(timing.exponents.last ?? .nan, digits: 3)). At the vertical line, \
        attention and the linear layers take the same time.
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
