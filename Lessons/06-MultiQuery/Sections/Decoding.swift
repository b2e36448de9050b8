import LessonKit
import Plotting
import SmallTransformer

/// Section "Decoding reads much and computes little": time by context length, and the time that the
/// memory bandwidth allows.
extension MultiQueryLesson {
  func timeDecoding(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Decoding reads much and computes little")
    notebook.say(
      """
      A decoding step reads every key and value once and does one multiply-add with it: 2 FLOPs for \
      4 bytes. A processor could do far more per byte, so the step takes as long as reading takes. \
      If \(experiment.timedHeads) query heads share a key, the same bytes serve \
      \(experiment.timedHeads) multiply-adds, and only 1/\(experiment.timedHeads) of the bytes must \
      be read. The dashed lines show the time of reading alone, at the measured memory bandwidth of \
      this machine.
      """)
    let timing = try notebook.step(
      "time-decoding", "Time one decoding step of one layer, in interleaved rounds"
    ) {
      try DecodeTiming(experiment, seed: notebook.seed, on: notebook.backend) { done, total in
        notebook.progress(
          done: done, total: total, detail: "\(experiment.contexts[done - 1]) tokens")
      }
    }
    try draw(notebook, experiment, timing)
    tabulate(notebook, experiment, timing)
    claim(notebook, heads: experiment.timedHeads, timing)
  }

  private func draw(
    _ notebook: Notebook, _ experiment: Experiment, _ timing: DecodeTiming
  ) throws {
    let x = timing.rows.map { Double($0.context) }
    let measured = Sharing.allCases.map { sharing in
      Series(
        sharing.name, x: x, y: timing.rows.map { $0.costs[sharing].seconds }, of: sharing.concept)
    }
    let reading = Sharing.allCases.map { sharing in
      Series(
        "\(sharing.name): reading alone", x: x,
        y: timing.rows.map { timing.readingTime($0.costs[sharing]) }, style: .dashed,
        of: sharing.concept)
    }
    guard let longest = timing.rows.last else { return }
    let seconds = { (sharing: Sharing) in
      Quantity.seconds.text(longest.costs[sharing].seconds, digits: 3)
    }
    try notebook.figure(
      "decode-time",
      LinePlot(
        title: "One layer, one token, \(experiment.timedHeads) heads of \(experiment.timedHeadDim)",
        x: .log("tokens in the cache", base: 2), y: .log("time", unit: .seconds),
        series: measured + reading),
      caption: """
        At \(Quantity.count.text(Double(longest.context))) tokens a step takes \
        \(seconds(.multiHead)) for multi-head and \(seconds(.multiQuery)) for multi-query. Bandwidth: \
        \(Quantity.plain.text(timing.bandwidth / 1e9, digits: 3)) GB/s. Short KV caches fit into the \
        processor's own cache, and reading them can be faster than reading memory.
        """)
  }

  private func tabulate(_ notebook: Notebook, _ experiment: Experiment, _ timing: DecodeTiming) {
    notebook.table(
      "decode",
      columns: ["tokens"] + Sharing.allCases.flatMap { [$0.name, "× reading alone"] },
      rows: timing.rows.map { row in
        [Quantity.count.text(Double(row.context))]
          + row.costs.pairs.flatMap { _, cost in
            [
              Quantity.seconds.text(cost.seconds, digits: 3),
              Quantity.plain.text(cost.seconds / timing.readingTime(cost), digits: 3),
            ]
          }
      },
      caption: """
        Time of one step, the median of \(experiment.rounds) rounds. *× reading alone*: this time \
        divided by the time that reading the cache takes.
        """)
  }

  package func claim(_ notebook: Notebook, heads: Int, _ timing: DecodeTiming) {
    guard let longest = timing.rows.last else { return }
    let (multiHead, multiQuery) = (longest.costs[.multiHead], longest.costs[.multiQuery])
    let speedUp = multiHead.seconds / multiQuery.seconds
    // Three runs, one on a quiet machine: 4.4 to 4.5; 1.25 to 1.6; 2.3 to 3.3.
    notebook.claim(
      "decode-speedup", "Decoding time at the longest context: multi-head divided by multi-query",
      speedUp, atLeast: 2, as: .times)
    notebook.claim(
      "multi-head-over-reading",
      "Multi-head, longest context: time of a step divided by reading alone",
      multiHead.seconds / timing.readingTime(multiHead), atMost: 3, as: .times)
    notebook.claim(
      "multi-query-over-reading",
      "Multi-query, longest context: time of a step divided by reading alone",
      multiQuery.seconds / timing.readingTime(multiQuery), atMost: 7, as: .times)
    let byteRatio = Double(multiHead.cacheBytes) / Double(multiQuery.cacheBytes)
    notebook.notice(
      "Why not eight times",
      """
      The bytes fall by a factor of \(Quantity.plain.text(byteRatio)), the time by a factor of \
      \(Quantity.plain.text(speedUp, digits: 3)). When each value that is read serves all \(heads) \
      heads, multiplications and exponentials take as long as reading. On this processor the two do \
      not fully overlap. A GPU can do more arithmetic per byte, so the effect is smaller there.
      """)
  }
}

extension Sharing {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .multiHead: .multiHead
    case .grouped: .groupedQuery
    case .multiQuery: .multiQuery
    }
  }
}
