import Foundation

/// One map on a page: its matrix at the size it is drawn, and the room around it.
struct HeatMapPanel {
  static let tickSize = 22.0
  static let labelSize = 24.0
  static let titleSize = 25.0
  static let lineHeight = 32
  static let tickLength = 7

  let map: HeatMap
  let matrix: PooledMatrix
  /// Pixels of one value of `matrix`.
  let cellWidth: Int
  let cellHeight: Int
  /// The panel's own title in a sheet, broken into lines; empty for a map that stands alone.
  var titleLines: [String] = []
  var showsXLabel = true
  var showsYLabel = true

  /// - Throws: `PlottingError` for a matrix without cells, or with too many or too few values.
  init(_ map: HeatMap, side: Int) throws {
    guard map.rows > 0, map.columns > 0 else {
      throw PlottingError.nothingToDraw(title: map.title)
    }
    guard map.values.count == map.rows * map.columns else {
      throw PlottingError.wrongMatrixSize(
        title: map.title, values: map.values.count, rows: map.rows, columns: map.columns)
    }
    guard side >= 16 else {
      throw PlottingError.unusable(
        title: map.title, reason: "\(side) pixels are too few for a map; 16 are the least")
    }
    self.map = map
    matrix = map.pooled(toFit: side)
    // Square cells of whole pixels; a map that would be a thin strip is stretched to a third.
    let cell = max(1, side / max(matrix.rows, matrix.columns))
    let least = map.stretchesStrips ? side / 3 : 0
    cellWidth = max(cell, least / matrix.columns)
    cellHeight = max(cell, least / matrix.rows)
  }

  var width: Int { matrix.columns * cellWidth }
  var height: Int { matrix.rows * cellHeight }

  /// Ticks below, each with its pixel from the left end of the map.
  var xTicks: [(place: Double, label: String)] {
    let ticks = placed(
      map.xTicks, map.xRange, count: map.columns, drawn: matrix.columns * matrix.columnBlock,
      pixels: width, most: 8)
    return thinned(ticks) { Lettering.width($0, size: Self.tickSize) + 14 }
  }

  /// Ticks at the left, each with its pixel from the top of the map.
  var yTicks: [(place: Double, label: String)] {
    let ticks = placed(
      map.yTicks, map.yRange, count: map.rows, drawn: matrix.rows * matrix.rowBlock,
      pixels: height, most: 10)
    return thinned(ticks) { _ in Self.tickSize * 1.1 }
  }

  private func placed(
    _ given: [Tick]?, _ range: ClosedRange<Double>?, count: Int, drawn: Int, pixels: Int,
    most: Int
  ) -> [(place: Double, label: String)] {
    let range = range ?? 0...Double(count - 1)
    let span = range.upperBound - range.lowerBound
    // One tick a cell where cells are few and wide; never more, as nothing lies between cells.
    let each = count <= 16 && pixels >= count * 30
    let limit = each ? count : min(max(2, pixels / 50), most, count)
    let ticks = given ?? Ticks.linear(range, atMost: limit)
    return ticks.filter { range.contains($0.value) }.map { tick in
      let part = span > 0 ? (tick.value - range.lowerBound) / span : 0
      let cell = part * Double(count - 1) + 0.5
      return (place: cell / Double(drawn) * Double(pixels), label: tick.label)
    }
  }

  /// Every k-th tick, with the smallest k that keeps labels apart.
  private func thinned(
    _ ticks: [(place: Double, label: String)], room: (String) -> Double
  ) -> [(place: Double, label: String)] {
    for skip in 1...max(ticks.count, 1) {
      let kept = ticks.enumerated().filter { $0.offset % skip == 0 }.map(\.element)
      let clear = zip(kept, kept.dropFirst()).allSatisfy { a, b in
        abs(b.place - a.place) >= (room(a.label) + room(b.label)) / 2
      }
      if clear { return kept }
    }
    return []
  }
}

extension HeatMapPanel {
  /// Room left of the map: ticks, their labels, the axis label.
  var left: Int {
    let widest = yTicks.map { Lettering.width($0.label, size: Self.tickSize) }.max() ?? 0
    let label = showsYLabel ? Self.lineHeight * yLabelLines.count + 6 : 0
    return Self.tickLength + 10 + Int(widest) + label + 8
  }

  /// Room right of the map: half of the last tick's label.
  var right: Int {
    let overhang = xTicks.map {
      $0.place + Lettering.width($0.label, size: Self.tickSize) / 2 - Double(width)
    }.max()
    return max(6, Int((overhang ?? 0).rounded(.up)) + 6)
  }

  var top: Int { titleLines.isEmpty ? 4 : 10 + Self.lineHeight * titleLines.count }

  var bottom: Int {
    let label = showsXLabel ? Self.lineHeight * xLabelLines.count + 4 : 0
    return Self.tickLength + 12 + Int(Self.tickSize) + label
  }

  var xLabelLines: [String] { lines(map.xLabel, room: width) }
  var yLabelLines: [String] { lines(map.yLabel, room: height) }

  private func lines(_ text: String, room: Int) -> [String] {
    guard !text.isEmpty else { return [] }
    return wrapped(text) { Lettering.width($0, size: Self.labelSize) <= Double(room) }
  }

  /// Draws map, frame, ticks and labels, with the map's upper left pixel at `x`, `y`.
  func draw(on canvas: inout Canvas, x: Int, y: Int, scale: ColorScale) {
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns {
        canvas.fill(
          x: x + column * cellWidth, y: y + row * cellHeight, width: cellWidth,
          height: cellHeight, scale.color(matrix.values[row * matrix.columns + column]))
      }
    }
    canvas.frame(x: x, y: y, width: width, height: height, thickness: 2, Palette.ink)
    drawTitle(on: &canvas, x: x, y: y)
    drawXAxis(on: &canvas, x: x, y: y + height)
    drawYAxis(on: &canvas, x: x, y: y)
  }

  private func drawTitle(on canvas: inout Canvas, x: Int, y: Int) {
    for (index, line) in titleLines.enumerated() {
      let above = Self.lineHeight * (titleLines.count - 1 - index) + 14
      canvas.write(
        line, x: Double(x) + Double(width) / 2, y: Double(y - above), size: Self.titleSize,
        align: .middle, weight: .bold)
    }
  }

  private func drawXAxis(on canvas: inout Canvas, x: Int, y: Int) {
    for tick in xTicks {
      let place = x + Int(tick.place)
      canvas.fill(x: place - 1, y: y + 2, width: 2, height: Self.tickLength, Palette.ink)
      canvas.write(
        tick.label, x: Double(place), y: Double(y + Self.tickLength + 8) + Self.tickSize * 0.75,
        size: Self.tickSize, align: .middle)
    }
    guard showsXLabel else { return }
    for (index, line) in xLabelLines.enumerated() {
      let below = Self.tickLength + 12 + Int(Self.tickSize) + Self.lineHeight * index + 24
      canvas.write(
        line, x: Double(x) + Double(width) / 2, y: Double(y + below), size: Self.labelSize,
        align: .middle)
    }
  }

  private func drawYAxis(on canvas: inout Canvas, x: Int, y: Int) {
    for tick in yTicks {
      let place = y + Int(tick.place)
      canvas.fill(
        x: x - 2 - Self.tickLength, y: place - 1, width: Self.tickLength, height: 2, Palette.ink)
      canvas.write(
        tick.label, x: Double(x - Self.tickLength - 9), y: Double(place) + Self.tickSize * 0.35,
        size: Self.tickSize, align: .end)
    }
    guard showsYLabel else { return }
    for (index, line) in yLabelLines.enumerated() {
      canvas.write(
        line, x: Double(x - left + Self.lineHeight * index + 26),
        y: Double(y) + Double(height) / 2, size: Self.labelSize, align: .middle, upward: true)
    }
  }
}
