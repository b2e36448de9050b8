import LessonKit
import Plotting
import TensorCore

/// The section "Count the FLOPs", second half: the parts of a layer, one by one.
extension CostLesson {
  func countParts(_ notebook: Notebook, _ experiment: Experiment) throws {
    let d = experiment.partsWidth
    let counted = notebook.step("count-parts", "Count FLOPs and bytes of each part") {
      experiment.partsLengths.map { n in
        let counting = CountingBackend(notebook.backend)
        let layer = LayerParts(n: n, d: d, seed: 1, on: counting)
        return CountedParts(
          n: n,
          counts: Keyed { part in
            let (_, counts) = counting.flops.scope { layer.run(part) }
            return counts
          })
      }
    }
    try draw(notebook, counted, d: d)
    let differences = counted.flatMap { layer in
      layer.counts.map { part, counts in
        abs(counts.multiplyAddFlops - part.flops(n: layer.n, d: d))
      }
    }
    notebook.claim(
      "parts-formula", "Parts of a layer: largest difference between counted FLOPs and formula",
      differences.max(), equals: 0, from: .smoke, as: .count)
    tabulateBytes(notebook, counted)
  }

  private func draw(_ notebook: Notebook, _ counted: [CountedParts], d: Int) throws {
    func perToken(_ parts: [Part]) -> [Double] {
      counted.map { layer in
        parts.reduce(0) { $0 + layer.counts[$1].multiplyAddFlops } / Double(layer.n) / 1e3
      }
    }
    try notebook.figure(
      "parts-by-length",
      BarPlot(
        title: "FLOPs of one layer per token, d = \(d)",
        xLabel: "length n, in widths d", y: .linear("FLOPs (thousands)"),
        categories: counted.map { "\($0.n / d)d" },
        series: [
          .init("feed-forward: 16d²", values: perToken([.up, .down]), of: .linearLayers),
          .init(
            "projections: 8d²", values: perToken([.projections, .output]),
            color: Concept.linearLayers.color.tint),
          .init("attention: 4nd", values: perToken([.attention]), of: .standardAttention),
        ], isStacked: true),
      caption: """
        Per token, the linear layers cost the same at any length. Only attention grows. The two \
        are equal at n = 6d = \(6 * d), not at n = d, where attention is \
        \(Quantity.percent.text(4.0 / 28, digits: 3)) of the total.
        """)
  }

  private func tabulateBytes(_ notebook: Notebook, _ counted: [CountedParts]) {
    guard let short = counted.first, let long = counted.last else { return }
    notebook.table(
      "bytes", columns: ["part", "FLOPs per byte, n = \(short.n)", "n = \(long.n)"],
      rows: Part.allCases.map { part in
        [part.name]
          + [short, long].map {
            let counts = $0.counts[part]
            return Quantity.plain.text(counts.multiplyAddFlops / counts.totalBytes, digits: 3)
          }
      },
      caption: """
        Arithmetic intensity: FLOPs divided by the bytes that must be read and written at least \
        once, in Float32. A part with many FLOPs per byte is limited by the processor, one with \
        few by the memory. The value of attention is that of a kernel which never stores the \
        matrix of scores: see lesson 5.
        """)
  }
}

/// FLOPs and bytes of each part of a layer at one length.
private struct CountedParts: Codable {
  let n: Int
  let counts: Keyed<Part, FLOPCounts>
}
