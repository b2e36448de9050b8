import Foundation
import Plotting
import Testing

/// Dots with intervals, names at the ends of curves, maps of categories, units.
@Suite struct DotPlotTests {
  private func drawn(_ figure: any Figure) throws -> Pixels {
    var result: Pixels?
    try withFolder { folder in
      let url = folder.appendingPathComponent("plot.png")
      try figure.write(to: url)
      result = try Pixels(url)
    }
    return try #require(result)
  }

  private func dots(_ values: [Double], low: [Double]? = nil, high: [Double]? = nil) -> DotPlot {
    DotPlot(
      title: "t", x: .linear("x", range: 0...10), categories: values.indices.map { "row \($0)" },
      series: [.init("", values: values, low: low, high: high, of: .rope)])
  }

  /// Columns of the page in which a color is found.
  private func columns(_ color: Palette.Color, in pixels: Pixels) -> [Int] {
    (0..<pixels.width).filter { x in (0..<pixels.height).contains { pixels[x, $0] == color } }
  }

  @Test func anIntervalReachesFromItsLowToItsHighEnd() throws {
    let color = Concept.rope.color
    let narrow = columns(color, in: try drawn(dots([5])))
    let wide = columns(color, in: try drawn(dots([5], low: [2.5], high: [7.5])))
    #expect(narrow.count > 8 && narrow.count < 40)
    // Half of the frame, which is most of the page.
    #expect((500...700).contains(try #require(wide.last) - wide[0]))
  }

  @Test func wrongDotsAreErrors() {
    #expect(
      throws: PlottingError.countMismatch(series: "t", what: "low ends", count: 1, expected: 2)
    ) { try drawn(dots([1, 2], low: [1], high: [1])) }
    #expect(throws: PlottingError.self) { try drawn(dots([1], low: [1])) }
    #expect(throws: PlottingError.nothingToDraw(title: "t")) { try drawn(dots([.nan])) }
    var logarithmic = dots([0])
    logarithmic.x = .log("x")
    #expect(throws: PlottingError.self) { try drawn(logarithmic) }
    var marked = dots([1])
    marked.marks = [.horizontal(1, "here")]
    #expect(throws: PlottingError.self) { try drawn(marked) }
  }

  private func curves(_ ends: [Double]) -> LinePlot {
    LinePlot(
      title: "t", x: .linear("x", range: 0...10), y: .linear("y", range: 0...1),
      series: ends.enumerated().map { index, end in
        Series("curve \(index)", x: [0, 10], y: [0, end], style: .line)
      })
  }

  /// The rows in which a curve's color is found right of the frame, in its name.
  private func nameRows(_ index: Int, in pixels: Pixels) -> ClosedRange<Int>? {
    let rows = (0..<pixels.height).filter { y in
      (pixels.width - 100..<pixels.width).contains { pixels[$0, y] == Palette.color(index) }
    }
    return rows.first.flatMap { first in rows.last.map { first...$0 } }
  }

  @Test func fewCurvesHaveTheirNamesAtTheirEnds() throws {
    let pixels = try drawn(curves([0.1, 0.9]))
    let (low, high) = (
      try #require(nameRows(0, in: pixels)), try #require(nameRows(1, in: pixels))
    )
    #expect(high.upperBound < low.lowerBound - 300)
  }

  @Test func namesOfCurvesThatMeetDoNotTouch() throws {
    let pixels = try drawn(curves([0.5, 0.5]))
    let (first, second) = (
      try #require(nameRows(0, in: pixels)), try #require(nameRows(1, in: pixels))
    )
    #expect(!first.overlaps(second))
  }

  @Test(arguments: [false, true])
  func manyCurvesAndPointsHaveALegendAtTheTop(arePoints: Bool) throws {
    var plot = curves((0..<(arePoints ? 2 : 7)).map { 0.1 * Double($0) })
    for index in plot.series.indices where arePoints { plot.series[index].style = .points }
    let pixels = try drawn(plot)
    let rows = (0..<pixels.height).filter { y in
      (pixels.width - 150..<pixels.width).contains { pixels[$0, y] != Palette.background }
    }
    #expect(try #require(rows.last) < pixels.height / 2)
  }

  @Test func categoriesHaveTheirOwnColorsAndAList() throws {
    let map = HeatMap(
      title: "t", values: [0, 1, 2, .nan], rows: 2, columns: 2, xLabel: "", yLabel: "",
      colors: .categories([
        .init("left out", Palette.background), .init("kept", of: .window),
        .init("sink", of: .sinks),
      ]), barLabel: "", maximumPixelSide: 64, gapLabel: "future (masked)")
    let pixels = try drawn(map)
    // The map, and four samples in place of the bar.
    let sizes = pixels.framedRectangles().map { [$0.width, $0.height] }
    #expect(sizes.sorted { $0[0] > $1[0] } == [[64, 64]] + Array(repeating: [24, 24], count: 4))
    #expect(pixels.count(Concept.window.color) == 32 * 32 + 24 * 24)
    var wrong = map
    wrong.values[0] = 3
    #expect(throws: PlottingError.self) { try drawn(wrong) }
  }

  /// The ticks and the label are what a terminal shows too.
  @Test func unitsAreWrittenAsPeopleWriteThem() throws {
    func text(_ y: Axis, _ values: [Double]) throws -> String {
      let plot = LinePlot(
        title: "t", x: .linear("x"), y: y,
        series: [Series("", x: values.indices.map(Double.init), y: values)])
      return try #require(plot.text)
    }
    let bytes = try text(.linear("memory", unit: .bytes), [0, 2e6, 4e6])
    #expect(bytes.contains("memory (MB)") && bytes.contains("4┤") && bytes.contains("2┤"))
    let times = try text(.log("time", unit: .seconds), [1e-5, 1e-3, 1])
    for tick in ["100 µs┤", "10 ms┤", "1 s┤"] { #expect(times.contains(tick), "\(times)") }
    #expect(times.contains("time\n"))
  }
}
