import LessonKit

/// Section "Time and bytes": the real kernels.
extension FlashTilingLesson {
  func timeMethods(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Time and bytes")
    let place =
      notebook.backend.isAsynchronous
      ? notebook.backend.deviceName : "\(notebook.backend.threadCount) threads"
    notebook.say(
      """
      Now the real kernels: one head of \(experiment.timedHeadDim) dimensions on \(place). Naive \
      attention is as fast here as it can be. The machine's linear algebra library computes its \
      products, and its softmax runs in place with the same fast exponential as the tiled kernel. \
      It must store matrices: one in the forward pass, two with the backward pass.
      """)
    notebook.show(
      "NaiveMethod", in: "Technique/AttentionMethods.swift", focus: "package func forward(")
    notebook.say(
      """
      Both methods run in interleaved rounds at every length, and the shortest time of each \
      counts. Bytes are the meter's peak beyond the head's own tensors. Naive attention does not \
      run where its formula gives more than \
      \(Quantity.bytes.text(Double(experiment.budgetBytes))).
      """)
    showDeviceKernel(notebook)
    let timings = notebook.step(
      "time-methods", "Time naive and tiled attention, forward and backward, at every length"
    ) {
      Timings(experiment, notebook: notebook)
    }
    showTimings(notebook, timings)
    notebook.ask(
      """
      Tiled attention computes every score that naive attention computes, and in the backward pass \
      it computes them twice. Can it still be faster? And what do the peak bytes do when the \
      length doubles?
      """,
      answer: """
        It can be faster if moving the matrix takes longer than computing it again, which depends \
        on the machine. Naive bytes become four times as many. Tiled bytes become at most twice as \
        many: two numbers per query, and the tiles do not grow.
        """)
    try drawTimings(notebook, experiment, timings)
    claimTimings(notebook, experiment, timings)
  }

  /// The OpenCL kernel: the same loop.
  private func showDeviceKernel(_ notebook: Notebook) {
    let elsewhere = "; `lab run flash-tiling --device gpu` runs it on a GPU."
    notebook.say(
      """
      On a GPU the program itself fills the fast memory, and a few thousand threads work at once. \
      The kernel is the same loop. A group of threads keeps a tile of queries in this *local* \
      memory. Keys are loaded into another part of it, tile by tile, and the weights overwrite \
      them. At every `barrier` all threads wait until a tile is stored, or until all have read it. \
      Values are read where they are, because neighboring threads need neighboring numbers. A tile \
      of scores is in the registers of the threads only. `EACH` loops over one thread's part of \
      it. This run is on \
      \(notebook.backend.deviceName)\(notebook.backend.isAsynchronous ? "." : elsewhere)
      """)
    notebook.show(
      marked: "forwardTiles", in: "Sources/OpenCLBackend/Attention/ForwardAttention.cl",
      focus: "float old")
    notebook.say("Both products work like this one: four numbers at a time.")
    notebook.show(
      marked: "multiplyTiles", in: "Sources/OpenCLBackend/Attention/AttentionTile.cl",
      focus: "for (int quad")
  }

  private func showTimings(_ notebook: Notebook, _ timings: Timings) {
    for isCausal in [false, true] {
      let rows = timings.rows(isCausal: isCausal)
      guard !rows.isEmpty else { continue }
      notebook.table(
        isCausal ? "times-causal" : "times",
        columns: [
          "tokens", "forward: naive", "forward: tiled", "GFLOP/s", "both: naive", "both: tiled",
          "GFLOP/s",
        ],
        rows: rows,
        caption: """
          \(isCausal ? "Causal: the tiled kernel skips half of the tiles" : "Without a mask"): \
          shortest time forward, then forward and backward. The rates are those of the tiled \
          kernel and count only the FLOPs that attention needs.
          """)
    }
    notebook.table(
      "bytes",
      columns: ["tokens", "naive, by formula", "naive, measured", "tiled, measured"],
      rows: timings.byteRows,
      caption: "Peak bytes of both passes, predicted and measured. The mask makes no difference.")
    if !timings.repeats.isEmpty {
      let points = timings.repeats.map {
        Quantity.count.text(Double($0.length)) + ($0.isCausal ? ", causal" : "")
      }
      notebook.say(
        """
        Timed a second time, because a score took 30 % longer there than at both neighboring \
        lengths: \(points.joined(separator: "; ")). The shorter time counts.
        """)
    }
    for refusal in timings.refusals {
      notebook.say(
        """
        Naive attention at \(Quantity.count.text(Double(refusal.length))) tokens did not run: it \
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
        Time of forward and backward pass together, by length. Tiling changes the factor, not the \
        exponent. Fitted to the longest four lengths, the exponent is \
        \(exponent(timings.timeExponent(.naive))) for naive and \
        \(exponent(timings.timeExponent(.tiled))) for tiled attention, both causal.
        """)
    try notebook.figure(
      "bytes", bytesPlot(timings, budgetBytes: experiment.budgetBytes),
      caption: """
        Peak bytes beyond the head's own tensors. Naive attention holds matrices. Tiled attention \
        holds two numbers per query and one set of tiles per thread.
        """)
  }

  private func exponent(_ value: Double?) -> String {
    value.map { Quantity.plain.text($0, digits: 3) } ?? "not known"
  }

  private func claimTimings(_ notebook: Notebook, _ experiment: Experiment, _ timings: Timings) {
    claimSpeedUps(notebook, experiment, timings)
    for method in Method.allCases {
      guard let exponent = timings.timeExponent(method),
        let longest = timings.of(method, isCausal: true).last
      else { continue }
      notebook.measure(
        "time-exponent-\(method.rawValue)",
        "Both passes, causal, \(method.rawValue): exponent of time in the length", exponent)
      notebook.measure(
        "longest-time-\(method.rawValue)",
        "Both passes, causal, \(method.rawValue), "
          + "\(Quantity.count.text(longest.length)) tokens: time",
        longest.bothSeconds, .seconds)
    }
    notebook.claim(
      "naive-bytes-exponent",
      "The peak bytes of naive attention grow with the length to the power {}",
      timings.bytesExponent(.naive), within: 1.95...2.05, from: .smoke)
    notebook.claim(
      "tiled-bytes-exponent",
      "The peak bytes of tiled attention grow with the length to the power {}",
      timings.bytesExponent(.tiled), atMost: 1, from: .smoke)
    notebook.claim(
      "naive-bytes-formula",
      "The peak bytes of naive attention differ by at most {} from 8n²",
      timings.naiveFormulaDifference, atMost: 0.01, from: .smoke, as: .percent)
    notebook.notice(
      "Caches help naive attention more than a GPU's memory does",
      """
      A processor has no fast memory that a program fills itself. Its caches keep what was used \
      last, and this helps naive attention too. So this page promises only that tiled attention is \
      not slower than naive attention from \(experiment.fasterFrom) tokens on, for the forward \
      pass and for both passes under a causal mask, on the machine that made this page. It \
      promises nothing for both passes without a mask. There the tiled backward pass computes \
      every score again. That makes seven products where naive attention has six, and no tile is \
      skipped, so it may be slower. The bytes are the same on any machine.
      """)
  }

  private func claimSpeedUps(_ notebook: Notebook, _ experiment: Experiment, _ timings: Timings) {
    let first = experiment.fasterFrom
    notebook.claim(
      "forward-speedup-full",
      "The tiled forward pass without a mask is at least {} as fast as the naive one, "
        + "from \(first) tokens on, where both run",
      timings.leastSpeedUp(isCausal: false, from: first) { $0.forwardSeconds },
      atLeast: 1, as: .times)
    notebook.claim(
      "forward-speedup-causal",
      "The tiled causal forward pass is at least {} as fast as the naive one, "
        + "from \(first) tokens on, where both run",
      timings.leastSpeedUp(isCausal: true, from: first) { $0.forwardSeconds },
      atLeast: 1, as: .times)
    notebook.claim(
      "both-speedup-causal",
      "Both causal passes together are at least {} as fast tiled as naive, "
        + "from \(first) tokens on, where both run",
      timings.leastSpeedUp(isCausal: true, from: first) { $0.bothSeconds },
      atLeast: 1, as: .times)
    // No bound: without a mask the tiled kernel computes one more product and skips no tile.
    if let least = timings.leastSpeedUp(isCausal: false, from: first, { $0.bothSeconds }) {
      notebook.measure(
        "both-speedup-full",
        "Both passes, no mask: smallest speed-up of tiled over naive from \(first) tokens on",
        least, .times)
    }
  }
}
