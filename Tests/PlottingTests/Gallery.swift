import Foundation
import Plotting

/// One figure of every kind with difficult contents: many series, long names, gaps, characters with
/// a meaning to gnuplot, huge and tiny matrices.
///
/// The tests draw all of them. To keep the files, set `PLOTTING_GALLERY` to a folder.
enum Gallery {
  static let figures: [(name: String, figure: any Figure)] =
    [
      ("loglog", logLog), ("loss", loss), ("steps", steps), ("bars", bars),
      ("long-bars", longBars), ("stacked-bars", stackedBars),
      ("alphabet", alphabet), ("small-map", causal(16)),
      ("wide-map", diverging), ("large-map", large), ("log-map", logarithmic), ("strip", strip),
      ("sheet", sheet), ("pair", pair), ("crowded", crowded), ("one-value", one),
      ("near-ends", nearEnds), ("dots", dots), ("many-dots", manyDots), ("categories", categories),
      ("numbers", numbers), ("levels", levels),
    ] + SchematicGallery.figures

  /// Attention that looks back only, sharper at the near end.
  static func causal(_ length: Int, scoreScale: Float = 0.3, title: String = "Head 2 looks back")
    -> HeatMap
  {
    var values = [Float](repeating: .nan, count: length * length)
    for query in 0..<length {
      for key in 0...query {
        values[query * length + key] = exp(-scoreScale * Float(query - key)) * scoreScale
      }
    }
    return HeatMap(
      title: title, values: values, rows: length, columns: length, xLabel: "key (position)",
      yLabel: "query (position)", barLabel: "attention probability", pooling: .max)
  }

  /// A matrix from a rule for its cells.
  static func cells(_ rows: Int, _ columns: Int, _ rule: (Int, Int) -> Float) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for column in 0..<columns { values.append(rule(row, column)) }
    }
    return values
  }

  static let diverging = HeatMap(
    title: "What RoPE adds to the scores: waves of θ = 10,000^(–2·i/d), i = 0…d/2 – 1, at 300 "
      + "offsets × 200 dimensions, √d = 14.1",
    values: cells(200, 300) { row, column in sin(Float(row * column) / 900) * 3 - 0.4 },
    rows: 200, columns: 300, xLabel: "offset (tokens)", yLabel: "dimension",
    xRange: -150...149, colors: .diverging(center: 0), barLabel: "score (nats)")

  static let large = HeatMap(
    title: "4,096 tokens, one map",
    values: cells(4096, 4096) { row, column in
      if column > row { return 0 }
      return column % 512 == 0 ? 1 : Float(column) / Float(row + 1) * 0.5
    },
    rows: 4096, columns: 4096, xLabel: "key (position)", yLabel: "query (position)",
    barLabel: "attention probability", pooling: .max)

  static let logarithmic = HeatMap(
    title: "Attention of the first token, on a logarithmic scale",
    values: cells(64, 64) { row, column in column > row ? 0 : exp(Float(column - row) / 2) },
    rows: 64, columns: 64, xLabel: "key (position)", yLabel: "query (position)",
    colors: .logarithmic, barLabel: "probability")

  static let strip = HeatMap(
    title: "ALiBi: one slope per head",
    values: cells(8, 4096) { head, distance in -Float(distance) / Float(2 << head) },
    rows: 8, columns: 4096, xLabel: "distance to the key (tokens)", yLabel: "head",
    yRange: 1...8, barLabel: "added to the score", valueRange: -500...0)

  static let sheet = HeatMapSheet(
    title: "Eight heads of one layer: the first four look near, the last four look far",
    maps: (0..<8).map { causal(64, scoreScale: 1 / Float(1 + $0 * $0), title: "head \($0)") })

  static let pair = HeatMapSheet(
    title: "Inside and beyond the trained length",
    maps: [
      causal(128, scoreScale: 0.1, title: "T = 128"),
      causal(512, scoreScale: 0.1, title: "4 T = 512"),
    ])

  static let one = HeatMap(
    title: "A single number", values: [2], rows: 1, columns: 1, xLabel: "", yLabel: "",
    xTicks: [Tick(0, "«the»")], barLabel: "")

  static let crowded = LinePlot(
    title: "Long words everywhere",
    x: .linear(
      "a long label below the plot, with its unit and the reason for it, which must not be "
        + "cut off at either end of the page (bytes)"),
    y: .linear(
      "a label at the side that is longer than the plot is high, with unit (microseconds)"),
    series: [
      Series("", x: [0, 1.3e8, 2e8], y: [-1e-5, 2e-5, 3e-5], style: .linePoints)
    ],
    marks: [
      .vertical(1.9e8, "the memory that this machine has"),
      .vertical(2e8, "the memory that the paper's machine had"),
      .vertical(0, "no memory at all"),
    ])

  static let alphabet = HeatMap(
    title: "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 "
      + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    values: (0..<64).map(Float.init), rows: 8, columns: 8,
    xLabel: "ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 θ√×–—−·•…≤≥≈±∞→← αβλμπσΔ x²x³10⁻⁶ é ü",
    yLabel: "Sphinx of black quartz, judge my vow (0.25 s)", barLabel: "gqpyj {0} [1] @ 100%",
    maximumPixelSide: 700)

  static let lengths: [Double] = [64, 128, 256, 512, 1024, 2048, 4096]

  static let logLog = LinePlot(
    title:
      "ALiBi reads 16 times its trained length as well as the trained length itself; a learned "
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
    title: "Fine-tuning for a tenth of the steps helps RoPE", xLabel: "position scheme",
    y: .linear("perplexity per byte at 4T"),
    categories: ["sinusoidal", "RoPE", "ALiBi", "none at all"],
    series: [
      .init(
        "before", values: [14.2, 6.1, 3.4, 7.7], low: [12, 5.8, 3.3, 7], high: [16, 6.5, 3.5, 8]),
      .init(
        "after", values: [9.8, 3.6, 3.4, .nan], low: [9, 3.5, 3.3, 0], high: [11, 3.8, 3.5, 0]),
      .init("trained long", values: [3.5, 3.4, 3.4, 3.6]),
    ])

  static let stackedBars = BarPlot(
    title: "Bytes of a training step", xLabel: "length (tokens)", y: .linear("memory (GB)"),
    categories: ["2K", "8K", "32K"],
    series: [
      .init("weights", values: [13, 13, 13]), .init("activations", values: [9, 36, 144]),
      .init("nothing", values: [0, .nan, 0]), .init("score matrices", values: [2, 34, 60]),
    ], isStacked: true, marks: [.horizontal(80, "80 GB card")])

  static let longBars = BarPlot(
    title: "Operations of each layer", y: .log("operations per token"),
    categories: (1...12).map { "transformer-layer-\($0)" },
    series: [.init("", values: (1...12).map { pow(3, Double($0)) })])

  /// Five curves that end close to each other, one inside the frame.
  static let nearEnds = LinePlot(
    title: "Five curves and two references", x: .log("tokens read", base: 2),
    y: .linear("loss (nats per byte)"),
    series: [
      ("naive", Concept.standardAttention), ("tiled", .tiledAttention), ("window of 64", .window),
      ("a window with holes of two tokens each", .dilated), ("4 sinks + window", .sinks),
    ].enumerated().map { index, entry in
      let count = index == 0 ? 6 : lengths.count
      return Series(
        entry.0, x: Array(lengths.prefix(count)),
        y: lengths.prefix(count).map { 2 + 20 / $0 + 0.02 * Double(index) }, of: entry.1)
    }, marks: [.horizontal(2.04, "2-gram count"), .horizontal(1.8, "5-gram count")])

  static let dots = DotPlot(
    title: "Perplexity after a tenth of the steps", x: .log("perplexity per byte at 4 T"),
    categories: ["sinusoidal", "RoPE + NTK-aware scaling", "ALiBi", "none"],
    series: [
      .init(
        "", values: [14.2, 6.1, 3.4, .nan], low: [12, 5.8, 3.3, .nan], high: [16, 6.5, 3.5, .nan],
        labels: ["14.2", "6.10", "3.40", ""], of: .rope)
    ], marks: [.vertical(4.2, "trained long")])

  static let manyDots = DotPlot(
    title: "Longest context that fits", x: .linear("length (thousand tokens)"),
    categories: (1...14).map { "technique \($0)" },
    series: [
      .init("reading", values: (1...14).map { Double($0 * $0) }, of: .tiledAttention),
      .init("training", values: (1...14).map { Double($0 * 3) }, of: .keepAll),
    ])

  static let categories = HeatMapSheet(
    title: "What each mask keeps",
    maps: ["window", "strided"].map { name in
      HeatMap(
        title: name,
        values: cells(24, 24) { query, key in
          key > query ? .nan : (name == "window" ? query - key < 5 : (query - key) % 5 == 0) ? 1 : 0
        },
        rows: 24, columns: 24, xLabel: "key", yLabel: "query",
        colors: .categories([
          .init("left out", Palette.background), .init("kept", of: .window),
        ]), barLabel: "", gapLabel: "future (masked)")
    })

  static let numbers = HeatMap(
    title: "Share of all earlier tokens that can reach a query",
    values: cells(4, 8) { mask, layer in min(1, Float((mask + 1) * (layer + 1)) / 16) },
    rows: 4, columns: 8, xLabel: "layers", yLabel: "", xRange: 1...8,
    yTicks: ["window of 16", "dilated by 4", "strided", "full"].enumerated().map {
      Tick(Double($0), $1)
    }, barLabel: "share of pairs", valueRange: 0...1,
    cellTexts: cells(4, 8) { mask, layer in min(1, Float((mask + 1) * (layer + 1)) / 16) }
      .map { "\(Int(($0 * 100).rounded()))" })

  static let levels = BarPlot(
    title: "Right answers by kind of question", y: .linear("share", range: 0...1),
    categories: ["one fact", "a chain of two", "a count"],
    series: [
      .init("whole story", values: [1, 0.7, 0.6], of: .wholeText),
      .init("retrieval", values: [1, 0.3, 0.4], of: .retrieval),
    ], levels: [.init("chance", values: [0.1, 0.12, 0.25])])
}
