import Foundation
import Plotting
import Testing

@Suite struct HeatMapTests {
  private func map(
    _ values: [Float], _ rows: Int, _ columns: Int, colors: HeatMap.Colors = .sequential,
    pooling: HeatMap.Pooling = .mean, side: Int = 64, range: ClosedRange<Double>? = nil
  ) -> HeatMap {
    HeatMap(
      title: "t", values: values, rows: rows, columns: columns, xLabel: "x", yLabel: "y",
      colors: colors, barLabel: "b", valueRange: range, pooling: pooling, maximumPixelSide: side)
  }

  /// The pixels of the map itself: inside the first frame found from the left at half height.
  private func drawn(_ map: HeatMap, _ check: (Pixels, Int, Int) -> Void) throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("map.png")
      try map.write(to: url)
      let pixels = try Pixels(url)
      let corner = try #require(frameCorner(pixels))
      check(pixels, corner.x, corner.y)
    }
  }

  /// Upper left pixel inside the frame: below and right of the first long line of its color.
  private func frameCorner(_ pixels: Pixels) -> (x: Int, y: Int)? {
    for y in 0..<pixels.height {
      var run = 0
      for x in 0..<pixels.width {
        run = pixels[x, y] == Palette.foreground ? run + 1 : 0
        if run == 22 { return (x - 21 + 2, y + 2) }
      }
    }
    return nil
  }

  private func color(_ part: Double, in map: [Palette.Color]) -> Palette.Color {
    map[Int((part * Double(map.count - 1)).rounded())]
  }

  @Test func everyValueHasItsPositionAndColor() throws {
    try drawn(map([0, 1, 2, 4, 8, 16], 2, 3, side: 96)) { pixels, x, y in
      for (index, value) in [0.0, 1, 2, 4, 8, 16].enumerated() {
        let expected = color(value / 16, in: ColorMap.sequential)
        let (left, top) = (x + index % 3 * 32, y + index / 3 * 32)
        #expect(pixels[left, top] == expected)
        #expect(pixels[left + 31, top + 31] == expected)
      }
      #expect(pixels[x + 96, y] == Palette.foreground)
      #expect(pixels[x, y + 64] == Palette.foreground)
    }
  }

  @Test func divergingColorsAreWhiteAtTheCenter() throws {
    try drawn(map([-1, 1, 3, 5], 1, 4, colors: .diverging(center: 1), side: 64)) { pixels, x, y in
      // The furthest value is 4 from the center, so –1 is a quarter of the way from the blue end.
      for (index, part) in [0.25, 0.5, 0.75, 1].enumerated() {
        #expect(pixels[x + index * 16 + 8, y + 4] == color(part, in: ColorMap.diverging))
      }
    }
  }

  @Test func valuesWithoutALogarithmAreGray() throws {
    try drawn(map([1, 10, 100, 0], 2, 2, colors: .logarithmic)) { pixels, x, y in
      #expect(pixels[x, y] == color(0, in: ColorMap.sequential))
      #expect(pixels[x + 32, y] == color(0.5, in: ColorMap.sequential))
      #expect(pixels[x, y + 32] == color(1, in: ColorMap.sequential))
      #expect(pixels[x + 32, y + 32] == Palette.noValue)
    }
  }

  @Test func valuesThatAreNotFiniteAreGrayAndOutsideTheScale() throws {
    try drawn(map([0, .infinity, .nan, 1], 2, 2)) { pixels, x, y in
      #expect(pixels[x, y] == color(0, in: ColorMap.sequential))
      #expect(pixels[x + 32, y] == Palette.noValue)
      #expect(pixels[x, y + 32] == Palette.noValue)
      #expect(pixels[x + 32, y + 32] == color(1, in: ColorMap.sequential))
    }
  }

  @Test func valuesBeyondTheRangeHaveTheColorsOfItsEnds() throws {
    try drawn(map([-5, 0, 10, 50], 2, 2, range: 0...10)) { pixels, x, y in
      #expect(pixels[x, y] == pixels[x + 32, y])
      #expect(pixels[x, y + 32] == pixels[x + 32, y + 32])
    }
  }

  /// 40 × 40 values in 20 pixels: blocks of 2 × 2. The first block holds 0, 1, 2 and 9. All other
  /// values are 3, except one 12.
  @Test(arguments: [(HeatMap.Pooling.mean, 3.0, 5.25), (.max, 9.0, 12.0)])
  func poolingTakesMeanOrMaximum(pooling: HeatMap.Pooling, first: Double, last: Double) throws {
    var values = [Float](repeating: 3, count: 1600)
    (values[0], values[1], values[40], values[41]) = (0, 1, 2, 9)
    values[1599] = 12
    let pooled = map(values, 40, 40, pooling: pooling, side: 20, range: 0...16)
    try drawn(pooled) { pixels, x, y in
      #expect(pixels[x, y] == color(first / 16, in: ColorMap.sequential))
      #expect(pixels[x + 1, y] == color(3.0 / 16, in: ColorMap.sequential))
      #expect(pixels[x + 19, y + 19] == color(last / 16, in: ColorMap.sequential))
      #expect(pixels[x + 20, y] == Palette.foreground)
    }
    #expect(pooled.note?.contains("2 × 2 values") == true)
    #expect(pooled.note?.contains(pooling.rawValue) == true)
  }

  @Test func raggedEdgeIsPooledFromItsOwnValues() throws {
    // 59 columns in 20 pixels: blocks of 3, the last of 2. The gap in it does not count.
    var values = [Float](repeating: 0, count: 59)
    (values[57], values[58]) = (.nan, 8)
    try drawn(map(values, 1, 59, side: 20)) { pixels, x, y in
      #expect(pixels[x + 19, y] == color(1, in: ColorMap.sequential))
      #expect(pixels[x + 18, y] == color(0, in: ColorMap.sequential))
    }
  }

  @Test func mapThatFitsHasNoNote() {
    #expect(map([1, 2], 1, 2).note == nil)
    #expect(map([Float](repeating: 0, count: 100), 1, 100).note?.contains("2 columns") == true)
  }

  @Test func sheetSharesOneScale() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("sheet.png")
      try HeatMapSheet(title: "t", maps: [map([0, 1], 1, 2), map([2, 4], 1, 2)]).write(to: url)
      let pixels = try Pixels(url)
      for part in [0, 0.25, 0.5, 1] {
        // A cell of 32 × 21 pixels; the bar has a line of each color too.
        #expect(pixels.count(color(part, in: ColorMap.sequential)) >= 32 * 21)
      }
    }
  }

  @Test func invalidMatricesAreErrors() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("map.png")
      #expect(
        throws: PlottingError.wrongMatrixSize(title: "t", values: 3, rows: 2, columns: 2)
      ) { try map([1, 2, 3], 2, 2).write(to: url) }
      #expect(throws: PlottingError.nothingToDraw(title: "t")) {
        try map([], 0, 0).write(to: url)
      }
      #expect(throws: PlottingError.nothingToDraw(title: "t")) {
        try map([.nan, .infinity], 1, 2).write(to: url)
      }
      #expect(throws: PlottingError.nothingToDraw(title: "t")) {
        try map([0, -1], 1, 2, colors: .logarithmic).write(to: url)
      }
      #expect(throws: PlottingError.self) { try map([1], 1, 1, side: 4).write(to: url) }
      #expect(throws: PlottingError.nothingToDraw(title: "empty")) {
        try HeatMapSheet(title: "empty", maps: []).write(to: url)
      }
      #expect(throws: PlottingError.self) {
        try HeatMapSheet(
          title: "mixed", maps: [map([1], 1, 1), map([1], 1, 1, colors: .logarithmic)]
        ).write(to: url)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.isEmpty)
    }
  }
}
