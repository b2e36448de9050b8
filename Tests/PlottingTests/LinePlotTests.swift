import Foundation
import Plotting
import Testing

@Suite struct LinePlotTests {
  private func plot(_ series: [Series], x: Axis = .linear("x"), y: Axis = .linear("y"))
    -> LinePlot
  {
    LinePlot(title: "t", x: x, y: y, series: series)
  }

  private func drawn(_ figure: any Figure) throws -> Pixels {
    var result: Pixels?
    try withFolder { folder in
      let url = folder.appendingPathComponent("plot.png")
      try figure.write(to: url)
      result = try Pixels(url)
    }
    return try #require(result)
  }

  @Test func everySeriesIsDrawnInItsColor() throws {
    let series = (0..<7).map {
      Series("s\($0)", x: [0, 1], y: [Double($0 + 1), Double($0 + 1)], style: .line)
    }
    let pixels = try drawn(plot(series))
    #expect(pixels.width == 1400 && pixels.height == 860)
    for index in 0..<7 { #expect(pixels.count(Palette.color(index)) > 500) }
  }

  /// Ten points with the two in the middle missing: a third of the line is not there.
  @Test func gapInTheNumbersIsAGapInTheLine() throws {
    let x = (0..<10).map(Double.init)
    var y = [Double](repeating: 1, count: 10)
    let whole = try drawn(plot([Series("", x: x, y: y, style: .line)]))
    (y[4], y[5]) = (.nan, -.infinity)
    let broken = try drawn(plot([Series("", x: x, y: y, style: .line)]))
    let ratio = Double(broken.count(Palette.color(0))) / Double(whole.count(Palette.color(0)))
    #expect(abs(ratio - 2.0 / 3) < 0.02)
  }

  @Test func aStepHoldsItsValueUntilTheNext() throws {
    let line = plot([Series("", x: [0, 1, 2], y: [1, 1, 5], style: .step)], y: .linear("y"))
    let pixels = try drawn(line)
    // Twice flat, then straight up at the end: ink at the height of 1 right before x = 2.
    let rows = (0..<pixels.height).filter { y in
      (0..<pixels.width).count { pixels[$0, y] == Palette.color(0) } > 1000
    }
    #expect(rows.count >= 2)
  }

  @Test func textsAreNeverReadAsGnuplotCommands() throws {
    try withFolder { folder in
      let trap = folder.appendingPathComponent("trap")
      let name = "`touch \(trap.path)` \"; set output 'x'; $ % {/*10 x} \\n @y \u{1}"
      var figure = plot([Series(name, x: [1, 2], y: [1, 2])], x: .linear(name), y: .linear(name))
      figure.title = name
      figure.x.ticks = [Tick(1, name)]
      figure.marks = [.vertical(1.5, name), .horizontal(1.5, name)]
      try figure.write(to: folder.appendingPathComponent("plot.png"))
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files == ["plot.png"])
    }
  }

  @Test func differentCountsAreBothInTheError() {
    let problem = #expect(throws: PlottingError.self) {
      try drawn(plot([Series("loss", x: [1, 2, 3], y: [1, 2])]))
    }
    #expect(problem?.description == "\"loss\" has 2 values of y, but needs 3.")
    #expect(
      throws: PlottingError.countMismatch(
        series: "loss", what: "high ends", count: 1, expected: 2)
    ) { try drawn(plot([Series("loss", x: [1, 2], y: [1, 2], low: [1, 2], high: [1])])) }
  }

  @Test func emptyAndInvalidSeriesAreErrors() {
    #expect(throws: PlottingError.nothingToDraw(title: "t")) { try drawn(plot([])) }
    #expect(
      throws: PlottingError.countMismatch(series: "a", what: "points", count: 0, expected: 1)
    ) { try drawn(plot([Series("a", x: [], y: [])])) }
    #expect(throws: PlottingError.nothingToDraw(title: "t")) {
      try drawn(plot([Series("a", x: [1, .nan], y: [.infinity, 2])]))
    }
    #expect(throws: PlottingError.self) {
      try drawn(plot([Series("a", x: [1], y: [1], low: [0])]))
    }
    #expect(throws: PlottingError.self) {
      try drawn(plot([Series("a", x: [1, 2], y: [-1e308, 1e308])]))
    }
  }

  @Test func valuesWithoutALogarithmAreErrors() {
    let problem = #expect(throws: PlottingError.self) {
      try drawn(plot([Series("loss", x: [1, 2], y: [0, 2])], y: .log("loss (nats)")))
    }
    #expect(problem?.description.contains("\"loss\" contains 0.0") == true)
    #expect(problem?.description.contains("loss (nats)") == true)
    #expect(throws: PlottingError.self) {
      try drawn(
        plot([Series("a", x: [1, 2], y: [1, 2], low: [-1, 1], high: [2, 3])], y: .log("y")))
    }
    #expect(throws: PlottingError.self) {
      try drawn(plot([Series("a", x: [1, 2], y: [1, 2])], y: .log("y", range: 0...2)))
    }
    #expect(throws: PlottingError.self) {
      try drawn(plot([Series("a", x: [1, 2], y: [1, 2])], y: .log("y", base: 1)))
    }
  }

  @Test(arguments: [Axis.linear("y"), .log("y"), .log("y", base: 2)])
  func singlePointIsDrawn(axis: Axis) throws {
    let pixels = try drawn(plot([Series("", x: [3], y: [7])], x: axis, y: axis))
    #expect(pixels.count(Palette.color(0)) > 50)
  }

  @Test func barsBeginAtZeroAndCountsAreChecked() throws {
    let figure = BarPlot(
      title: "t", y: .linear("y"), categories: ["a", "b"],
      series: [.init("", values: [1, 2]), .init("", values: [.nan, -1])])
    let pixels = try drawn(figure)
    #expect(pixels.width == 1400)
    #expect(
      throws: PlottingError.countMismatch(series: "s", what: "bars", count: 1, expected: 2)
    ) {
      try drawn(
        BarPlot(
          title: "t", y: .linear("y"), categories: ["a", "b"],
          series: [.init("s", values: [1])]))
    }
    #expect(throws: PlottingError.nothingToDraw(title: "t")) {
      try drawn(BarPlot(title: "t", y: .linear("y"), categories: [], series: []))
    }
  }

  @Test func aLevelIsALineOverItsGroup() throws {
    func plot(_ levels: [BarPlot.Level]) -> BarPlot {
      BarPlot(
        title: "t", y: .linear("y", range: 0...10), categories: ["a", "b"],
        series: [.init("s", values: [4, 4])], levels: levels)
    }
    let level = BarPlot.Level("chance", values: [8, .nan])
    let (with, without) = (try drawn(plot([level])), try drawn(plot([])))
    #expect(with.count(Palette.foreground) > without.count(Palette.foreground) + 1000)
    #expect(
      throws: PlottingError.countMismatch(series: "chance", what: "levels", count: 1, expected: 2)
    ) { try drawn(plot([.init("chance", values: [1])])) }
    #expect(plot([level]).text?.contains("B chance") == true)
    var stack = plot([level])
    stack.isStacked = true
    #expect(throws: PlottingError.self) { try drawn(stack) }
  }

  @Test func stackedBarsReachTheSumOfTheirParts() throws {
    func plot(_ parts: [Double], marks: [Mark] = []) -> BarPlot {
      BarPlot(
        title: "t", y: .linear("y", range: 0...10), categories: ["a"],
        series: parts.map { .init("", values: [$0]) }, isStacked: true, marks: marks)
    }
    let two = try drawn(plot([4, 4]))
    let one = try drawn(plot([4]))
    // The second part adds as much of its color as the first has, and covers none of it.
    let (first, second) = (two.count(Palette.color(0)), two.count(Palette.color(1)))
    #expect(abs(Double(first) / Double(one.count(Palette.color(0))) - 1) < 0.02)
    #expect(abs(Double(second) / Double(first) - 1) < 0.02)
    #expect(try drawn(plot([4], marks: [.horizontal(8, "limit")])).count(Palette.mark) > 100)
  }

  @Test func stackedBarsAreNotNegativeAndNotLogarithmic() {
    func plot(_ y: Axis, _ value: Double) -> BarPlot {
      BarPlot(
        title: "t", y: y, categories: ["a"], series: [.init("s", values: [value])],
        isStacked: true)
    }
    #expect(throws: PlottingError.self) { try drawn(plot(.linear("y"), -1)) }
    #expect(throws: PlottingError.self) { try drawn(plot(.log("y"), 1)) }
    var upright = plot(.linear("y"), 1)
    upright.marks = [.vertical(0, "here")]
    #expect(throws: PlottingError.self) { try drawn(upright) }
  }
}
