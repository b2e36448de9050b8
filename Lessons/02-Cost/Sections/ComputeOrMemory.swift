import Calculator
import Foundation
import LessonKit
import Plotting
import TensorCore

/// The section "Compute or memory?": the parts of a layer below the limits of a machine.
extension CostLesson {
  func compareWithLimits(_ notebook: Notebook, _ experiment: Experiment) throws {
    let (n, d) = (experiment.promptLength, experiment.rooflineWidth)
    let cache = experiment.cacheLength
    notebook.heading("Compute or memory?")
    notebook.say(
      """
      A processor needs two things: multiply-adds and bytes from memory. *Arithmetic intensity* is \
      the number of FLOPs per byte. If it is low, the work waits for the memory, however fast the \
      processor is. The limit is drawn as a **roofline** (Williams et al., 2009): it rises with \
      the bandwidth of the memory, and is flat at the peak of the multiply-adds.

      A model uses a layer in three ways. In **prefill** it reads a prompt, here \
      \(Quantity.count.text(Double(n))) tokens at once. In **decoding** it computes one token, \
      with \(Quantity.count.text(Double(cache))) tokens in the cache: it reads all weights and the \
      whole cache for that one token. In **training** it runs forward and backward. Count the FLOPs \
      and the bytes of each, measure the time, and measure the two limits of this machine.
      """)
    notebook.formula(
      #"""
      \text{linear layers, m tokens:} \quad \frac{24 m d^2}{4 (16 m d + 12 d^2)}
      \text{attention, one token, n keys:} \quad \frac{4 n d}{4 (2 n d + 2 d + h)}
      """#,
      legend: """
        FLOPs per byte of a forward pass, in Float32, four bytes per number, if everything is read \
        or written once. m tokens, d width, h heads. With m = 1 the weights are 12d² of the \
        bytes, and both are near 1/2.
        """)
    notebook.show(marked: "phase-formulas", in: "Technique/PhaseLayer.swift")
    checkCounts(notebook, experiment)
    let points = notebook.step("time-phases", "Measure prefill, decoding and training") {
      PhaseLayer(
        promptLength: n, cacheLength: cache, modelDim: d, copyCount: experiment.weightCopies,
        seed: notebook.seed, on: notebook.backend
      ).timed(rounds: experiment.phaseRounds, on: notebook.backend) { done, total in
        notebook.progress(done: done, total: total)
      }
    }
    let here = notebook.step("machine-limits", "Measure the limits of this machine") {
      Roofline(
        peak: notebook.backend.measureMultiplyAddPeak(burstCount: experiment.burstCount),
        bandwidth: notebook.backend.measureReadBandwidth(
          byteCount: experiment.bandwidthBytes, passCount: 4))
    }
    try draw(notebook, points, here, d: d)
    claimLimits(notebook, points, here)
  }

  /// Counts FLOPs and bytes of every phase over several widths and lengths, with the engine's counter.
  private func checkCounts(_ notebook: Notebook, _ experiment: Experiment) {
    let differences = notebook.step(
      "count-phases", "Count FLOPs and bytes of every phase, over lengths and widths"
    ) {
      experiment.countedWidths.flatMap { d in
        experiment.countedLengths.prefix(3).flatMap { n in
          Self.differences(promptLength: n, modelDim: d, on: notebook.backend)
        }
      }
    }
    notebook.claim(
      "phase-flops",
      "Prefill, decoding and training: counted FLOPs differ by at most {} from the formula",
      differences.map(\.flops).max(), equals: 0, from: .smoke, as: .count)
    notebook.claim(
      "phase-bytes",
      "Prefill, decoding and training: counted bytes differ by at most {} from the formula",
      differences.map(\.bytes).max(), equals: 0, from: .smoke, as: .count)
  }

  private static func differences(
    promptLength n: Int, modelDim d: Int, on backend: any Backend
  ) -> [CountDifference] {
    let counting = CountingBackend(backend)
    let layer = PhaseLayer(
      promptLength: n, cacheLength: 2 * n, modelDim: d, copyCount: 1, seed: 1, on: counting)
    return Phase.allCases.flatMap { phase in
      LayerHalf.allCases.map { half in
        let (_, counts) = counting.flops.scope { layer.run(phase, half, turn: 0) }
        return CountDifference(
          flops: abs(counts.multiplyAddFlops - layer.flops(phase, half)),
          bytes: abs(counts.totalBytes - layer.bytes(phase, half)))
      }
    }
  }

  /// The A100 of the article, with two bytes per number: the FLOPs per byte of the same work are
  /// twice as many, as if its bandwidth were twice as high.
  private static var a100: Roofline? {
    guard let device = Device.known.first(where: { $0.name == "A100 80 GB" }),
      let peak = device.flopsPerSecond, let bandwidth = device.bytesPerSecond
    else { return nil }
    return Roofline(peak: peak, bandwidth: 2 * bandwidth)
  }

  private func draw(
    _ notebook: Notebook, _ points: [PhasePoint], _ here: Roofline, d: Int
  ) throws {
    let ends = [0.25, 2048.0]
    func roof(_ name: String, _ line: Roofline, _ style: Series.Style) -> Series {
      let x = [ends[0], line.balance, ends[1]]
      return Series(
        name, x: x, y: x.map { line.limit($0) / 1e9 }, style: style, of: .reference)
    }
    let others = Self.a100.map { [roof("an A100", $0, .dashed)] } ?? []
    try notebook.figure(
      "roofline",
      LinePlot(
        title: "One layer below the limits of this machine, d = \(Quantity.count.text(Double(d)))",
        x: .log("FLOPs per byte"), y: .log("billion FLOPs per second"),
        series: [roof("the limit here", here, .line)] + others
          + points.map {
            Series($0.name, x: [$0.intensity], y: [$0.flopsPerSecond / 1e9], style: .points)
          }),
      caption: """
        Below the slope the memory is the limit, below the flat part the multiply-adds. Here they \
        meet at \(Quantity.plain.text(here.balance, digits: 3)) FLOPs per byte. The dashed line is \
        an A100 with two bytes per number, for the same work: it meets its peak only at \
        \(Quantity.plain.text(Self.a100?.balance ?? .nan, digits: 3)). So a layer that decodes \
        uses an even smaller part of it.
        """)
    notebook.table(
      "phases",
      columns: [
        "what", "FLOPs per byte", "GFLOP/s", "of the peak", "of its limit", "A100, at most",
      ],
      rows: points.map { point in
        let share = { (part: Double) in Quantity.percent.text(part, digits: 2) }
        return [
          point.name, Quantity.plain.text(point.intensity, digits: 3),
          Quantity.plain.text(point.flopsPerSecond / 1e9, digits: 3),
          share(point.flopsPerSecond / here.peak),
          share(point.flopsPerSecond / here.limit(point.intensity)),
          Self.a100.map { share($0.limit(point.intensity) / $0.peak) } ?? "",
        ]
      },
      caption: """
        The peak here is \(Quantity.plain.text(here.peak / 1e9, digits: 3)) GFLOP/s, the memory \
        reads \(Quantity.bytes.text(here.bandwidth, digits: 3)) per second. "Of its limit" \
        compares with the roofline at these FLOPs per byte. The last column is the limit of an \
        A100 as a part of its peak; nothing of it was measured.
        """)
  }

  private func claimLimits(_ notebook: Notebook, _ points: [PhasePoint], _ here: Roofline) {
    func linear(_ phase: Phase) -> PhasePoint? {
      points.first { $0.phase == phase && $0.half == .linear }
    }
    func share(_ phase: Phase) -> Double? { linear(phase).map { $0.flopsPerSecond / here.peak } }
    notebook.claim(
      "prefill-share", "Linear layers in prefill reach {} of the multiply-add peak",
      share(.prefill), atLeast: 0.5, as: .percent)
    notebook.claim(
      "decoding-share", "Linear layers in decoding reach {} of the multiply-add peak",
      share(.decoding), atMost: 0.2, as: .percent)
    notebook.claim(
      "decoding-limit",
      "Linear layers in decoding reach {} of what the memory's bandwidth allows",
      linear(.decoding).map { $0.flopsPerSecond / here.limit($0.intensity) }, atLeast: 0.4,
      as: .percent)
    notebook.claim(
      "above-limit", "No part is far above the roofline: the highest reaches {} of its limit",
      points.map { $0.flopsPerSecond / here.limit($0.intensity) }.max(), atMost: 1.15,
      as: .percent)
    notebook.notice(
      "Decoding waits for the memory",
      """
      In prefill, every weight that is read serves all tokens of the prompt. In decoding it \
      serves one token: two FLOPs for four bytes. So a token of the answer takes longer than a \
      token of the prompt. Several answers at once share the weights, but not their caches. \
      Lesson 6 makes the cache smaller.
      """)
  }
}

/// How far the counter is from the formulas.
private struct CountDifference: Codable {
  let flops: Double
  let bytes: Double
}
