import LessonKit
import Plotting
import SmallTransformer

/// Decoding time against context, and what the machine's bandwidth allows.
extension MultiQueryLesson {
  func decode(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Decoding reads, and hardly computes")
    notebook.say(
      """
      For one new token, each number of the cache is read once and used for one multiplication and \
      addition by each head that looks through it. With \(experiment.timedHeads) heads and no \
      sharing that is one use for each number read: the memory decides. With one key/value head it \
      is \(experiment.timedHeads) uses for an eighth of the reading. The dashed lines say what \
      reading alone would take at this machine's bandwidth, measured here.
      """)
    let clock = try notebook.step("One decoding step of one layer, every sharing by turns") {
      try DecodeClock(experiment, seed: notebook.seed, on: notebook.backend) { done, total in
        notebook.progress(
          done: done, total: total, detail: "\(experiment.contexts[done - 1]) tokens")
      }
    }
    try draw(notebook, experiment, clock)
    tabulate(notebook, experiment, clock)
    claim(notebook, experiment, clock)
  }

  private func draw(_ notebook: Notebook, _ experiment: Experiment, _ clock: DecodeClock) throws {
    let contexts = experiment.contexts
    let x = contexts.map(Double.init)
    let sharings = experiment.timedSharings
    let measured = sharings.map { sharing in
      Series(
        sharing.name, x: x,
        y: contexts.map { 1e3 * (clock.cost(sharing, $0)?.seconds ?? .nan) })
    }
    let floors = sharings.map { sharing in
      Series(
        "\(sharing.name): reading alone", x: x,
        y: contexts.map { context in
          clock.cost(sharing, context).map { 1e3 * clock.floor($0) } ?? .nan
        }, style: .dashed)
    }
    let (many, one) = ends(experiment, clock)
    try notebook.figure(
      "decode-time",
      LinePlot(
        title: "One layer, one token, \(experiment.timedHeads) heads of \(experiment.timedHeadDim)",
        x: .log("tokens in the cache", base: 2), y: .log("time (ms)"), series: measured + floors),
      caption: """
        At \(Quantity.count.text(Double(contexts.last ?? 0))) tokens \
        \(Quantity.seconds.text(many.seconds, digits: 3)) for \(sharings[0].name) and \
        \(Quantity.seconds.text(one.seconds, digits: 3)) for multi-query. Bandwidth: \
        \(Quantity.plain.text(clock.bandwidth / 1e9, digits: 3)) GB/s. Short caches lie in the \
        processor's own cache and can be faster than memory.
        """)
  }

  private func ends(
    _ experiment: Experiment, _ clock: DecodeClock
  ) -> (many: DecodeCost, one: DecodeCost) {
    let longest = experiment.contexts.last ?? 0
    let none = DecodeCost(sharing: .multiHead, context: longest, cacheBytes: 0, seconds: .nan)
    return (
      clock.cost(.multiHead, longest) ?? none, clock.cost(.multiQuery, longest) ?? none
    )
  }

  private func tabulate(_ notebook: Notebook, _ experiment: Experiment, _ clock: DecodeClock) {
    notebook.table(
      "decode",
      columns: ["tokens"]
        + experiment.timedSharings.flatMap { [$0.name, "× reading alone"] },
      rows: experiment.contexts.map { context in
        [Quantity.count.text(Double(context))]
          + experiment.timedSharings.flatMap { sharing -> [String] in
            guard let cost = clock.cost(sharing, context) else { return ["", ""] }
            return [
              Quantity.seconds.text(cost.seconds, digits: 3),
              Quantity.plain.text(cost.seconds / clock.floor(cost), digits: 3),
            ]
          }
      }, caption: "Medians of \(experiment.rounds) rounds.")
  }

  private func claim(_ notebook: Notebook, _ experiment: Experiment, _ clock: DecodeClock) {
    let (many, one) = ends(experiment, clock)
    // Three runs, one on a quiet machine: 4.4 to 4.5; 1.25 to 1.6; 2.3 to 3.3.
    notebook.claim(
      "Decoding at the longest context: multi-head over multi-query", many.seconds / one.seconds,
      atLeast: 2, as: .times)
    notebook.claim(
      "Multi-head at the longest context, over reading alone", many.seconds / clock.floor(many),
      atMost: 3, as: .times)
    notebook.claim(
      "Multi-query at the longest context, over reading alone", one.seconds / clock.floor(one),
      atMost: 7, as: .times)
    notebook.notice(
      "Why not eight times",
      """
      The bytes fall by \(Quantity.plain.text(Double(many.cacheBytes) / Double(one.cacheBytes))), \
      the time by \(Quantity.plain.text(many.seconds / one.seconds, digits: 3)). Once each number \
      read serves all \(experiment.timedHeads) heads, the multiplications and exponentials take as \
      long as the reading, and on this processor the two do not fully overlap. On a GPU, whose \
      arithmetic is faster in proportion, less of that remains.
      """)
  }
}
