import Foundation
import Plotting
import Testing

/// Reads the final PNG back: every cell of a map is a block of equal pixels, of exactly the color
/// that the color map has for its value, wherever gnuplot placed it.
@Suite struct MapPixelTests {
  /// Values in 0...1 that differ from neighbor to neighbor, with some gaps.
  private func map(
    _ rows: Int, _ columns: Int, side: Int = 768, pooling: HeatMap.Pooling = .mean,
    stretchesStrips: Bool = true
  ) -> HeatMap {
    let values = (0..<rows * columns).map { index -> Float in
      index % 11 == 7 ? .nan : Float((index * 7919 + index / columns * 104_729) % 1009) / 1008
    }
    return HeatMap(
      title: "\(rows) × \(columns)", values: values, rows: rows, columns: columns,
      xLabel: "key", yLabel: "query", barLabel: "probability", valueRange: 0...1, pooling: pooling,
      maximumPixelSide: side, stretchesStrips: stretchesStrips)
  }

  private func pixels(of figure: any Figure) throws -> Pixels {
    var result: Pixels?
    try withFolder { folder in
      let url = folder.appendingPathComponent("map.png")
      try figure.write(to: url)
      result = try Pixels(url)
    }
    return try #require(result)
  }

  /// The map's values in at most `side` rows and columns, cell by cell.
  private func pooled(_ map: HeatMap, side: Int) -> [[Float]] {
    let rowBlock = (map.rows + side - 1) / side
    let columnBlock = (map.columns + side - 1) / side
    return stride(from: 0, to: map.rows, by: rowBlock).map { row in
      stride(from: 0, to: map.columns, by: columnBlock).map { column in
        var block: [Float] = []
        for r in row..<min(row + rowBlock, map.rows) {
          for c in column..<min(column + columnBlock, map.columns) {
            block.append(map.values[r * map.columns + c])
          }
        }
        let finite = block.filter(\.isFinite)
        guard let largest = finite.max() else { return .nan }
        if map.pooling == .max { return largest }
        return Float(finite.reduce(0.0) { $0 + Double($1) } / Double(finite.count))
      }
    }
  }

  private func color(_ value: Float) -> Palette.Color {
    guard value.isFinite else { return Palette.noValue }
    let steps = ColorMap.sequential.count
    return ColorMap.sequential[Int((Double(value) * Double(steps - 1)).rounded())]
  }

  /// The first pixel in `rectangle` that is not the color of its cell.
  private func firstDifference(
    _ map: HeatMap, side: Int, _ pixels: Pixels, _ rectangle: Pixels.Rectangle
  ) throws -> String? {
    let cells = pooled(map, side: side)
    try #require(rectangle.height % cells.count == 0 && rectangle.width % cells[0].count == 0)
    let cellHeight = rectangle.height / cells.count
    let cellWidth = rectangle.width / cells[0].count
    for y in 0..<rectangle.height {
      for x in 0..<rectangle.width {
        let value = cells[y / cellHeight][x / cellWidth]
        let found = pixels[rectangle.x + x, rectangle.y + y]
        if found != color(value) { return "\(map.title) at \(x), \(y): \(found.hex), \(value)" }
      }
    }
    return nil
  }

  private func cellsHaveGaps(_ map: HeatMap, side: Int) -> Bool {
    pooled(map, side: side).joined().contains { !$0.isFinite }
  }

  @Test(arguments: [
    (1, 1, 768), (2, 3, 96), (16, 16, 768), (7, 13, 301), (1, 59, 64), (59, 1, 64), (128, 128, 400),
    (200, 300, 768), (768, 768, 768), (1000, 777, 500),
  ])
  func everyPixelOfAMapHasTheColorOfItsCell(rows: Int, columns: Int, side: Int) throws {
    for pooling in [HeatMap.Pooling.mean, .max] {
      let map = map(rows, columns, side: side, pooling: pooling, stretchesStrips: rows != 7)
      let pixels = try pixels(of: map)
      // The map, the color bar and, below it, the sample of gray where the map has gaps.
      let rectangles = pixels.framedRectangles()
      try #require(rectangles.count == (cellsHaveGaps(map, side: side) ? 3 : 2))
      let difference = try firstDifference(map, side: side, pixels, rectangles[0])
      #expect(difference == nil)
    }
  }

  @Test func aLargeMapIsPooledAndExact() throws {
    let map = map(4096, 4096, pooling: .max)
    let pixels = try pixels(of: map)
    let difference = try firstDifference(map, side: 768, pixels, pixels.framedRectangles()[0])
    #expect(difference == nil)
  }

  @Test func everyMapOfASheetIsExact() throws {
    let maps = [
      map(5, 5), map(64, 64), map(1, 1), map(300, 100), map(31, 17), map(700, 700), map(8, 90),
    ]
    let pixels = try pixels(of: HeatMapSheet(title: "seven maps", maps: maps, across: 4))
    let rectangles = pixels.framedRectangles()
    try #require(rectangles.count == maps.count + 2)
    // In reading order: the color bar ends the first row, the sample of gray is the last.
    for (map, rectangle) in zip(maps, rectangles[..<4] + rectangles[5..<8]) {
      let difference = try firstDifference(map, side: 270, pixels, rectangle)
      #expect(difference == nil)
    }
  }

  @Test func theColorBarHasOneColorPerRowOfPixels() throws {
    let pixels = try pixels(of: map(16, 16))
    let bar = pixels.framedRectangles()[1]
    #expect(bar.width == 34 && bar.height == 768)
    let steps = ColorMap.sequential.count
    for y in 0..<bar.height {
      let fraction = 1 - (Double(y) + 0.5) / Double(bar.height)
      let expected = ColorMap.sequential[Int((fraction * Double(steps - 1)).rounded())]
      #expect(pixels[bar.x, bar.y + y] == expected && pixels[bar.x + 33, bar.y + y] == expected)
    }
  }
}
