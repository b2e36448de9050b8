import Foundation
import Plotting

/// One figure of every kind, with the awkward contents that figures meet: many series, long names,
/// gaps, signs with a meaning to gnuplot, huge and tiny matrices.
///
/// The tests draw them all. To look at them, name a folder in `PLOTTING_GALLERY`.
enum Gallery {
  static let figures: [(name: String, figure: any Figure)] = [
    ("loglog", logLog), ("loss", loss), ("steps", steps), ("bars", bars),
    ("long-bars", longBars),
  ]

  static let lengths: [Double] = [64, 128, 256, 512, 1024, 2048, 4096]

  static let logLog = LinePlot(
    title: "ALiBi reads 16 times its trained length as well as the trained length itself; a learned "
      + "table cannot be asked at all",
    x: .log("tokens read", base: 2), y: .log("perplexity per byte"),
    series: [
      "sinusoidal (Vaswani et al.)", "learned", "RoPE", "ALiBi", "none", "RoPE + NTK-aware scaling",
      "RoPE + YaRN", "position interpolation (θ·√2, s×4)", "RoPE_{window} ^ `date` \\ 100% @x",
    ].enumerated().map { index, name in
      let y = lengths.map { 3 + Double(index) * 0.4 + pow($0 / 64, 0.17 * Double(index)) }
      return Series(name, x: lengths, y: index == 1 ? [4, 4.2, .nan, .infinity, 9, 20, .nan] : y)
    },
    marks: [
      .vertical(128, "trained length"), .vertical(512, "fine-tuned length"),
      .horizontal(256, "uniform guess: 256"),
    ])

  static let loss = LinePlot(
    title: "Loss falls with position until the trained length",
    x: .linear("position in the text (tokens)"), y: .linear("loss (nats per byte)"),
    series: (0..<4).map { index in
      let x = (0..<200).map { Double($0) * 8 }
      let y = x.map { 1.8 + exp(-$0 / 100) + Double(index) * 0.2 + 0.05 * sin($0 / 30) }
      return Series(
        "seed \(index)", x: x, y: y, low: y.map { $0 - 0.08 }, high: y.map { $0 + 0.08 },
        style: index == 3 ? .dashed : .line)
    })

  static let operations = (0...20).map(Double.init)
  static let keptAll: [Double] = operations.map { 4e6 * min($0, 20 - $0) }
  static let recomputed: [Double] = operations.enumerated().map { index, operation in
    1.5e6 * min(operation, 20 - operation) + 2e6 * Double(index % 4)
  }

  static let steps = LinePlot(
    title: "Bytes alive while one training step runs",
    x: .linear("operation"), y: .linear("live memory (bytes)"),
    series: [
      Series("keep all", x: operations, y: keptAll, style: .step),
      Series(
        "every 4th", x: operations, y: recomputed, low: recomputed.map { $0 * 0.8 },
        high: recomputed.map { $0 * 1.1 }, style: .step),
      Series(
        "measured", x: [2, 6, 10, 14], y: [7e6, 2.2e7, 3.9e7, 2.5e7],
        low: [5e6, 2e7, 3.5e7, 2e7], high: [9e6, 2.5e7, 4.2e7, 3e7], style: .points),
    ])

  static let bars = BarPlot(
    title: "Fine-tuning for a tenth of the steps mends RoPE", xLabel: "position scheme",
    y: .linear("perplexity per byte at 4T"),
    categories: ["sinusoidal", "RoPE", "ALiBi", "none at all"],
    series: [
      .init("before", values: [14.2, 6.1, 3.4, 7.7], low: [12, 5.8, 3.3, 7], high: [16, 6.5, 3.5, 8]),
      .init("after", values: [9.8, 3.6, 3.4, .nan], low: [9, 3.5, 3.3, 0], high: [11, 3.8, 3.5, 0]),
      .init("trained long", values: [3.5, 3.4, 3.4, 3.6]),
    ])

  static let longBars = BarPlot(
    title: "Operations of each layer", y: .log("operations per token"),
    categories: (1...12).map { "transformer-layer-\($0)" },
    series: [.init("", values: (1...12).map { pow(3, Double($0)) })])
}
