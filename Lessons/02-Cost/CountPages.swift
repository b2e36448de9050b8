import Autograd
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Operations by formula, and by a device that counts.
extension CostLesson {
  func count(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Count what is really asked for")
    notebook.say(
      """
      A formula can forget something. So put a counter between the model and the device: it \
      forwards every call, adds up what the call needs, and changes no number. Then run a real \
      transformer with one layer and with two: the difference is a layer.
      """)
    notebook.show("multiply", in: "Sources/TensorCore/Counting/CountingBackend.swift")
    let layers = notebook.step(
      "Count one layer, with and without causality, over lengths and widths"
    ) {
      notebook.each(experiment.countedWidths, detail: { "width \($0)" }) { d in
        experiment.countedLengths.map { n in
          CountedLayer(
            n: n, d: d, full: layerFlops(n: n, d: d, Bidirectional(), notebook),
            causal: layerFlops(n: n, d: d, Causal(), notebook))
        }
      }.flatMap { $0 }
    }
    let full = CostFit(layers.map { .init(n: $0.n, d: $0.d, cost: $0.full) })
    let causal = CostFit(layers.map { .init(n: $0.n, d: $0.d, cost: $0.causal) })
    notebook.show("CostFit", in: "CostFit.swift")
    notebook.table(
      "fit", columns: ["attention", "a · n²d", "b · nd²", "c · nd", "crossing"],
      rows: [("every pair", full), ("causal", causal)].map { name, fit in
        [
          name, Quantity.plain.text(fit.quadratic, digits: 6),
          Quantity.plain.text(fit.linear, digits: 6),
          Quantity.plain.text((fit.remainder * 1e6).rounded() / 1e6, digits: 6),
          "n = \(Quantity.plain.text(fit.crossing, digits: 4)) d",
        ]
      },
      caption: """
        The law of \(layers.count) counted layers, found by least squares. A causal row sees itself \
        too: n(n + 1)/2 pairs, which is where its c comes from.
        """)
    notebook.claim("Coefficient of nd²", full.linear, within: 23.999...24.001, from: .smoke)
    notebook.claim(
      "Coefficient of n²d, every pair", full.quadratic, within: 3.999...4.001, from: .smoke)
    notebook.claim(
      "Coefficient of n²d, causal", causal.quadratic, within: 1.999...2.001, from: .smoke)
    notebook.claim(
      "Attention costs what the linear layers do at n = … d, every pair", full.crossing,
      within: 5.99...6.01, from: .smoke)
    notebook.claim(
      "The same, causal", causal.crossing, within: 11.99...12.01, from: .smoke)
    try drawParts(notebook, experiment)
  }

  /// One layer of a real model: two layers' operations less one layer's.
  private func layerFlops(
    n: Int, d: Int, _ pattern: any AttentionPattern, _ notebook: Notebook
  ) -> Double {
    func flops(layers: Int) -> Double {
      let counting = CountingBackend(notebook.backend)
      let model = Transformer(
        Experiment(scale: notebook.scale).counted(width: d, layerCount: layers, pattern),
        on: counting,
        seed: 1)
      let tape = Tape(counting, isRecording: false)
      let tokens = [Int32](repeating: 1, count: n)
      let (_, reading) = counting.flops.scope {
        model.logits(tokens, batch: 1, tape: tape)
      }
      return reading.multiplyAddFlops
    }
    return flops(layers: 2) - flops(layers: 1)
  }

  private func drawParts(_ notebook: Notebook, _ experiment: Experiment) throws {
    let d = experiment.countedWidths.min() ?? 64
    let lengths = [1, 2, 4, 6, 12, 24, 48].map { $0 * d }
    let counted = notebook.step("Count the parts one by one, with their bytes") {
      lengths.map { n in
        let counting = CountingBackend(notebook.backend)
        let layer = LayerParts(n: n, d: d, seed: 1, on: counting)
        return Part.allCases.map { part in
          counting.flops.scope { layer.run(part) }.reading
        }
      }
    }
    let perToken = { (index: Int, part: Int) in
      counted[index][part].multiplyAddFlops / Double(lengths[index])
    }
    try notebook.figure(
      "parts-by-length",
      BarPlot(
        title: "Operations of one layer for one token, d = \(d)",
        xLabel: "length n, in widths d", y: .linear("operations (thousands)"),
        categories: lengths.map { "\($0 / d)d" },
        series: Part.allCases.enumerated().map { place, part in
          .init(
            "\(part.rawValue): \(part.formula)",
            values: lengths.indices.map { perToken($0, place) / 1e3 })
        }, isStacked: true),
      caption: """
        For one token the linear layers cost the same at any length; only attention grows. The two \
        are equal at n = 6d = \(6 * d), not at n = d, where attention is \
        \(Quantity.percent.text(4.0 / 28, digits: 3)) of the whole.
        """)
    let wrong = lengths.indices.flatMap { index in
      Part.allCases.enumerated().map { place, part in
        abs(counted[index][place].multiplyAddFlops - part.flops(n: lengths[index], d: d))
      }
    }
    notebook.claim(
      "Parts by the counter against the formula, largest difference", wrong.max(), equals: 0,
      from: .smoke, as: .count)
    tabulateBytes(notebook, lengths, counted, d: d)
  }

  private func tabulateBytes(
    _ notebook: Notebook, _ lengths: [Int], _ counted: [[FLOPCounts]], d: Int
  ) {
    let (short, long) = (0, lengths.count - 1)
    notebook.table(
      "bytes",
      columns: ["part", "operations a byte, n = \(lengths[short])", "n = \(lengths[long])"],
      rows: Part.allCases.enumerated().map { place, part in
        [part.rawValue]
          + [short, long].map { index in
            let reading = counted[index][place]
            return Quantity.plain.text(
              reading.multiplyAddFlops / reading.totalBytes, digits: 3)
          }
      },
      caption: """
        Operations for each byte that must move even with a perfect cache, in Float32. The more, \
        the less memory matters. Attention's number holds for a kernel that never writes its \
        matrix, which is lesson 5.
        """)
  }
}

/// Operations of one layer at one length and width.
private struct CountedLayer: Codable {
  let n: Int
  let d: Int
  let full: Double
  let causal: Double
}
