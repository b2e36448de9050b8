import LessonKit
import Plotting

/// The same layer by the clock.
extension CostLesson {
  func clock(_ notebook: Notebook, _ experiment: Experiment) throws {
    let d = experiment.timedWidth
    notebook.heading("Ask the clock")
    notebook.say(
      """
      Operations are not seconds: kernels differ in how much of the machine they use. So time every \
      part of a layer of width \(d), over lengths from \(experiment.timedLengths[0]) to \
      \(experiment.timedLengths.last ?? 0), all of them by turns.
      """)
    let clock = notebook.step("Time every part at every length") {
      LayerClock(
        lengths: experiment.timedLengths, width: d, rounds: experiment.rounds, seed: notebook.seed,
        on: notebook.backend
      ) { done, total in notebook.progress(done: done, total: total, detail: "round \(done)") }
    }
    try drawTimes(notebook, clock)
    tabulateTimes(notebook, clock)
    let exponents = clock.exponents
    // Runs: 1.91 to 1.98; 1.03 and 1.05; 9.1 to 10.4 d, since here the attention kernel does more
    // operations a second than products of so small matrices. From one short length to the next the
    // exponent jumps with where the work is first shared among threads: 0.8 to 1.37.
    notebook.claim(
      "Exponent of the time between the two longest", exponents.last, within: 1.7...2.1)
    notebook.claim(
      "Exponent of the time over the first three doublings", clock.exponent(overFirst: 3),
      within: 0.8...1.3)
    notebook.claim(
      "Attention takes as long as the linear layers at n = … d", clock.crossing, within: 4...16)
  }

  private func drawTimes(_ notebook: Notebook, _ clock: LayerClock) throws {
    let lengths = clock.lengths.map(Double.init)
    let last = lengths.indices.last ?? 0
    let linearEach = clock.linearSeconds(at: last) / lengths[last]
    let attentionEach = clock.seconds(.attention, at: last) / (lengths[last] * lengths[last])
    try notebook.figure(
      "time-by-length",
      LinePlot(
        title: "One layer forward, d = \(clock.width), by the clock",
        x: .log("length n (tokens)", base: 2), y: .log("time (ms)"),
        series: [
          Series(
            "the layer", x: lengths, y: lengths.indices.map { 1e3 * clock.totalSeconds(at: $0) }),
          Series(
            "linear layers, in proportion to n", x: lengths,
            y: lengths.map { 1e3 * linearEach * $0 }, style: .dashed),
          Series(
            "attention, with n²", x: lengths, y: lengths.map { 1e3 * attentionEach * $0 * $0 },
            style: .dashed),
        ],
        marks: clock.crossing.map {
          [
            .vertical(
              $0 * Double(clock.width), "equal at n = \(Quantity.plain.text($0, digits: 2)) d")
          ]
        } ?? []),
      caption: """
        The layer leaves one asymptote for the other: the exponent grows from \
        \(Quantity.plain.text(clock.exponent(overFirst: 3), digits: 3)) over the first three \
        doublings to \(Quantity.plain.text(clock.exponents.last ?? .nan, digits: 3)) at the last. Both lines are drawn \
        through the times at n = \(clock.lengths.last ?? 0).
        """)
  }

  private func tabulateTimes(_ notebook: Notebook, _ clock: LayerClock) {
    let time = { (seconds: Double) in Quantity.seconds.text(seconds, digits: 3) }
    notebook.table(
      "times", columns: ["n", "linear layers", "attention", "exponent to the next"],
      rows: clock.lengths.indices.map { index in
        [
          Quantity.count.text(Double(clock.lengths[index])), time(clock.linearSeconds(at: index)),
          time(clock.seconds(.attention, at: index)),
          index < clock.exponents.count
            ? Quantity.plain.text(clock.exponents[index], digits: 3) : "",
        ]
      }, caption: "Medians of all rounds; one layer, forward, without norms and activations.")
  }
}
