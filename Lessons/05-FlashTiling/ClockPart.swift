import LessonKit

/// The fourth part: time and bytes of the real kernels.
extension FlashTilingLesson {
  func timeBoth(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("The clock and the meter")
    let place =
      notebook.backend.isAsynchronous
      ? notebook.backend.deviceName : "\(notebook.backend.threadCount) threads"
    notebook.say(
      """
      Now the real thing, one head of \(experiment.timedHeadDim) numbers on \(place). The \
      opponent is no straw man: its products are done by the machine's own linear algebra library, \
      its softmax by the same fast exponential as the tiled kernel's, in place. What it cannot avoid \
      is the matrix: one forward, two with the backward pass.
      """)
    notebook.show("NaiveMethod", in: "AttentionMethods.swift")
    notebook.say(
      """
      Both take turns at every length and each keeps its best time. Bytes are the meter's peak \
      beyond the head's own tensors. Plain attention is refused, before it starts, where its formula \
      says more than \(Quantity.bytes.text(Double(experiment.budgetBytes))).
      """)
    showDeviceKernel(notebook)
    let timings = notebook.step("Plain and tiled, forward and backward, at every length") {
      Timings(experiment, notebook: notebook)
    }
    showTimings(notebook, timings)
    try drawTimings(notebook, experiment, timings)
    claimTimings(notebook, experiment, timings)
  }

  /// The text that a GPU compiles: the same loop, with the places named.
  private func showDeviceKernel(_ notebook: Notebook) {
    let elsewhere = "; `lab run flash-tiling --device gpu` runs it on a GPU."
    notebook.say(
      """
      A GPU has a fast memory that a program fills by hand, and a few thousand small workers. Its \
      kernel is the same loop: a group of workers keeps a tile of queries in that *local* memory, \
      keys and values pass by through one piece of it, and every `barrier` is a place where all wait \
      until the tile is filled, or read. A tile of scores lies in the workers' registers and \
      nowhere else; `EACH` goes over what one worker holds of it. This run is on \
      \(notebook.backend.deviceName)\(notebook.backend.isAsynchronous ? "." : elsewhere)
      """)
    notebook.show(marked: "forwardTiles", in: "Sources/OpenCLBackend/Attention/ForwardAttention.cl")
    notebook.say("Both products are like this one: four numbers at a time, from local memory.")
    notebook.show(marked: "multiplyTiles", in: "Sources/OpenCLBackend/Attention/AttentionTile.cl")
  }

  private func showTimings(_ notebook: Notebook, _ timings: Timings) {
    for isCausal in [false, true] {
      let rows = timings.rows(isCausal: isCausal)
      guard !rows.isEmpty else { continue }
      notebook.table(
        isCausal ? "times-causal" : "times",
        columns: [
          "tokens", "forward: plain", "tiled", "GFLOP/s", "both: plain", "tiled", "GFLOP/s",
        ],
        rows: rows,
        caption: """
          \(isCausal ? "Causal: the tiled kernel skips half of the tiles" : "Without a mask"): best \
          time forward, then forward and backward; rates are the tiled kernel's, by the \
          operations that attention needs.
          """)
    }
    notebook.table(
      "bytes",
      columns: ["tokens", "plain, by formula", "plain, by the meter", "tiled, by the meter"],
      rows: timings.byteRows,
      caption: "Peak bytes of both passes, predicted and measured; the mask makes no difference.")
    for refusal in timings.refusals {
      notebook.say(
        """
        Plain attention at \(Quantity.count.text(Double(refusal.length))) tokens was refused: it \
        would need \(Quantity.bytes.text(Double(refusal.bytes))).
        """)
    }
  }

  private func drawTimings(
    _ notebook: Notebook, _ experiment: Experiment, _ timings: Timings
  ) throws {
    try notebook.figure(
      "time", timePlot(timings),
      caption: """
        Time of forward and backward pass together against the length. Tiling changes the factor, \
        not the exponent: by fit over the longest four lengths it is \
        \(exponent(timings.timeExponent("plain"))) for plain and \
        \(exponent(timings.timeExponent("tiled"))) for tiled, both causal.
        """)
    try notebook.figure(
      "bytes", bytesPlot(timings, budgetBytes: experiment.budgetBytes),
      caption: """
        Peak bytes beyond the head's own tensors. Plain holds matrices; tiled holds two numbers a \
        query and one set of tiles a thread.
        """)
  }

  private func exponent(_ value: Double?) -> String {
    value.map { Quantity.plain.text($0, digits: 3) } ?? "not known"
  }

  private func claimTimings(_ notebook: Notebook, _ experiment: Experiment, _ timings: Timings) {
    let first = experiment.fasterFrom
    for (name, isCausal) in [("without a mask", false), ("causal", true)] {
      notebook.claim(
        "Tiled over plain forward, \(name): least speed-up from \(first) tokens on",
        timings.leastSpeedUp(isCausal: isCausal, from: first) { $0.forwardSeconds },
        atLeast: 1, as: .times)
    }
    notebook.claim(
      "Tiled over plain, both passes, causal: least speed-up from \(first) tokens on",
      timings.leastSpeedUp(isCausal: true, from: first) { $0.bothSeconds },
      atLeast: 1, as: .times)
    // No bound here: without a mask the tiled kernel has a product more to do and none to skip.
    if let least = timings.leastSpeedUp(isCausal: false, from: first, { $0.bothSeconds }) {
      notebook.measure(
        "Tiled over plain, both passes, without a mask: least speed-up from \(first) tokens on",
        least, .times)
    }
    for method in ["plain", "tiled"] {
      guard let exponent = timings.timeExponent(method),
        let longest = timings.of(method, isCausal: true).last
      else { continue }
      notebook.measure("Time of both passes, causal, \(method): exponent of the length", exponent)
      notebook.measure(
        "Both passes, causal, \(method), \(longest.length) tokens", longest.bothSeconds, .seconds)
    }
    notebook.claim(
      "Plain, peak bytes: exponent of the length", timings.bytesExponent("plain"),
      within: 1.95...2.05, from: .smoke)
    notebook.claim(
      "Tiled, peak bytes: exponent of the length", timings.bytesExponent("tiled"), atMost: 1,
      from: .smoke)
    notebook.claim(
      "Plain, peak bytes over 8n²: largest relative difference", timings.plainFormulaDifference,
      atMost: 0.01, from: .smoke, as: .percent)
    notebook.notice(
      "Caches are kinder than a GPU's memory",
      """
      A processor has no fast memory that a program fills by hand: its caches keep what was used \
      last, and serve plain attention too. So the bound on time is one, from \
      \(experiment.fasterFrom) tokens on, for the forward pass and for both passes under a causal \
      mask, on the machine that made this page. Without a mask the backward pass makes every score \
      again and skips none, seven products where plain has six, so that time stands here without a \
      bound, and may come out slower. The bytes are the same on any machine.
      """)
  }
}
