import Foundation
import Plotting
import Testing

@Suite struct FigureTextTests {
  @Test(arguments: Gallery.figures.map(\.name))
  func everyFigureIsAPageOfLetters(name: String) throws {
    let figure = try #require(Gallery.figures.first { $0.name == name }).figure
    let text = try #require(figure.text)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect((4...FigureText.rows).contains(lines.count))
    #expect(lines.allSatisfy { $0.count <= 58 }, "\(text)")
    // One scalar and one column each, none that a terminal obeys.
    #expect(text.unicodeScalars.count == text.count)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 32 && $0.value != 127) })
    #expect(text.hasPrefix(figure.title.prefix(20)))
  }

  @Test func aCurveRisesFromTheLowerLeftToTheUpperRight() throws {
    let plot = LinePlot(
      title: "Rise", x: .linear("x", range: 0...1), y: .linear("y", range: 0...1),
      series: [Series("", x: [0, 1], y: [0, 1], style: .line)])
    let lines = try #require(plot.text).split(separator: "\n").map(Array.init)
    let dots = lines.indices.flatMap { row in
      lines[row].indices.filter { ("⠁"..."⣿").contains(lines[row][$0]) }.map { (row, $0) }
    }
    #expect(dots.count > 40)
    #expect(dots.first?.0 == 2)
    // From row to row the line is farther left.
    let starts = Dictionary(grouping: dots, by: \.0).sorted { $0.key < $1.key }.map {
      $0.value[0].1
    }
    #expect(starts == starts.sorted(by: >))
    #expect(lines.contains { String($0).hasPrefix("1.0┤") || String($0).hasPrefix("1┤") })
  }

  @Test func eachSeriesHasALetterOnItsCurveAndInTheKey() throws {
    let plot = LinePlot(
      title: "Two", x: .log("tokens", base: 2), y: .linear("time", unit: .seconds),
      series: [
        Series("naive", x: [1, 2, 4], y: [0.001, 0.002, 0.004]),
        Series("tiled", x: [1, 2, 4], y: [0.001, 0.001, 0.001]),
      ], marks: [.vertical(2, "here"), .horizontal(0.003, "limit")])
    let text = try #require(plot.text)
    #expect(text.contains("A naive  B tiled  ┄ limit  ┊ here"))
    #expect(text.filter { $0 == "A" }.count == 3)
    #expect(text.filter { $0 == "B" }.count == 3)
    #expect(text.contains("time (ms)") && text.contains("4┤"))
  }

  @Test func barsHaveTheirLengthsAndNumbers() throws {
    let plot = BarPlot(
      title: "Bytes", y: .linear("memory", unit: .bytes), categories: ["one", "four"],
      series: [.init("", values: [1e6, 4e6])])
    let lines = try #require(plot.text).split(separator: "\n")
    #expect(lines[2].hasPrefix("one  █") && lines[2].hasSuffix(" 1 MB"))
    #expect(lines[3].hasPrefix("four █") && lines[3].hasSuffix(" 4 MB"))
    let lengths = lines.suffix(2).map { line in line.count { $0 == "█" } }
    #expect(abs(lengths[1] - 4 * lengths[0]) <= 4)
  }

  @Test func cellsOfAMapBecomeShades() throws {
    let map = HeatMap(
      title: "Map", values: [0, 0.5, .nan, 1], rows: 2, columns: 2, xLabel: "key",
      yLabel: "query", barLabel: "share", gapLabel: "future (masked)")
    #expect(
      map.text == """
        Map
        0   ▒▒
        1 ··██
          0 1
        ↓ query, → key
        ░▒▓█ share, 0 to 1  · future (masked)
        """)
  }

  @Test func cellsShowTheirTexts() throws {
    var map = HeatMap(
      title: "Map", values: [0, 0.5, 0.75, 1], rows: 2, columns: 2, xLabel: "", yLabel: "",
      yTicks: [Tick(0, "near"), Tick(1, "far")], barLabel: "share",
      cellTexts: ["0", "50", "75", "100"])
    let text = try #require(map.text)
    #expect(text.contains("near") && text.contains(" 50") && text.contains("100"))
    map.cellTexts = ["0"]
    try withFolder { folder in
      #expect(
        throws: PlottingError.countMismatch(
          series: "Map", what: "texts of cells", count: 1, expected: 4)
      ) { try map.write(to: folder.appendingPathComponent("map.png")) }
    }
  }

  /// What cannot be drawn has no text either.
  @Test func anInvalidFigureHasNoText() {
    #expect(LinePlot(title: "t", x: .linear("x"), y: .linear("y"), series: []).text == nil)
    #expect(
      BarPlot(title: "t", y: .linear("y"), categories: ["a"], series: [.init("s", values: [])])
        .text == nil)
    #expect(HeatMapSheet(title: "t", maps: []).text == nil)
    #expect(DotPlot(title: "t", x: .log("x"), categories: ["a"], series: []).text == nil)
  }

  /// Values far outside of a range that is set by hand are not drawn, and do no harm.
  @Test func hugeValuesAreLeftOut() {
    let huge = [1e300, -1e300, .infinity, .nan, 1e18]
    let x: [Double] = [1, 2, 3, 4, 5]
    for style in [Series.Style.line, .points, .step, .dashed, .linePoints] {
      let plot = LinePlot(
        title: "t", x: .linear("x", range: 0...3), y: .linear("y", range: 0...1),
        series: [Series("a", x: x, y: huge, style: style), Series("b", x: x, y: x)])
      #expect(plot.text?.isEmpty == false)
    }
    let bars = BarPlot(
      title: "t", y: .linear("y", range: 0...1), categories: x.map { "\($0)" },
      series: [.init("", values: huge)])
    #expect(bars.text?.isEmpty == false)
    let dots = DotPlot(
      title: "t", x: .linear("x", range: 0...1), categories: x.map { "\($0)" },
      series: [.init("", values: huge)])
    #expect(dots.text?.isEmpty == false)
  }
}
