import Foundation

/// One map on a page: its matrix at the drawn size, its axes, and the space around it.
struct MapPanel {
  /// Pixels of the line around a map.
  static let border = 2

  let map: HeatMap
  let matrix: PooledMatrix
  /// Pixels of one value of `matrix`.
  let cellWidth: Int
  let cellHeight: Int
  /// The panel's own title in a sheet, wrapped; empty for a single map.
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
        title: map.title, reason: "\(side) pixels are too few for a map; the minimum is 16")
    }
    if let texts = map.cellTexts, texts.count != map.values.count {
      throw PlottingError.countMismatch(
        series: map.title, what: "texts of cells", count: texts.count, expected: map.values.count)
    }
    self.map = map
    matrix = map.pooled(toFit: side)
    // Square cells of whole pixels; a thin strip is stretched to a third of the side.
    let cell = max(1, side / max(matrix.rows, matrix.columns))
    let least = map.stretchesStrips ? side / 3 : 0
    cellWidth = max(cell, least / matrix.columns)
    cellHeight = max(cell, least / matrix.rows)
  }

  /// The size of the map itself in pixels.
  var width: Int { matrix.columns * cellWidth }
  var height: Int { matrix.rows * cellHeight }

  /// The map and its border, with the map's first pixel at `x`, `y`.
  ///
  /// Both axes are in pixels, counted from that pixel. The frame includes the border, so that ticks
  /// begin outside of it.
  func frame(x: Int, y: Int) -> Frame {
    let border = Self.border
    return Frame(
      left: x - border, top: y - border, width: width + 2 * border, height: height + 2 * border,
      x: xAxis, y: yAxis)
  }

  private var xAxis: FrameAxis {
    let limit = tickLimit(cells: map.columns, pixels: width, most: 8)
    let scale = CellScale(
      range: map.xRange, count: map.columns, drawn: matrix.columns * matrix.columnBlock,
      pixels: width)
    return FrameAxis(
      start: -Double(Self.border), end: Double(width + Self.border),
      ticks: scale.ticks(map.xTicks, atMost: limit) { $0.labelWidth + 16 },
      labelLines: showsXLabel
        ? TextStyle.body.wrapped(map.xLabel, toWidth: Double(max(width, 160))) : [])
  }

  private var yAxis: FrameAxis {
    let limit = tickLimit(cells: map.rows, pixels: height, most: 10)
    let scale = CellScale(
      range: map.yRange, count: map.rows, drawn: matrix.rows * matrix.rowBlock, pixels: height)
    return FrameAxis(
      start: Double(height + Self.border), end: -Double(Self.border),
      ticks: scale.ticks(map.yTicks, atMost: limit) { _ in Double(TextStyle.body.lineHeight - 2) },
      labelLines: showsYLabel
        ? TextStyle.body.wrapped(map.yLabel, toWidth: Double(max(height, 160))) : [])
  }

  /// At most one tick per cell, because there is nothing between cells.
  private func tickLimit(cells: Int, pixels: Int, most: Int) -> Int {
    cells <= 16 && pixels >= cells * 30 ? cells : min(max(2, pixels / 50), most, cells)
  }
}

/// Maps the values of a map's rows or columns to pixels.
private struct CellScale {
  /// The values of the first and the last cell.
  let range: ClosedRange<Double>
  let count: Int
  /// The number of cells that the pixels show. It is larger than the real number if the last pooled
  /// block is not full.
  let drawn: Int
  let pixels: Int

  init(range: ClosedRange<Double>?, count: Int, drawn: Int, pixels: Int) {
    self.range = range ?? 0...Double(count - 1)
    self.count = count
    self.drawn = drawn
    self.pixels = pixels
  }

  /// The pixel in the middle of the cell of `value`.
  private func pixel(_ value: Double) -> Double {
    let span = range.upperBound - range.lowerBound
    let fraction = span > 0 ? (value - range.lowerBound) / span : 0
    return (fraction * Double(count - 1) + 0.5) / Double(drawn) * Double(pixels)
  }

  /// Ticks at pixels.
  func ticks(_ given: [Tick]?, atMost limit: Int, extent: (Tick) -> Double) -> [Tick] {
    let inside = given?.filter { range.contains($0.value) }
    let ticks = Ticks.apart(
      inside, atMost: limit, round: { Ticks.linear(range, atMost: $0) }, position: pixel,
      extent: extent)
    return ticks.map { Tick(pixel($0.value), $0.label) }
  }
}

extension MapPanel {
  /// Pixels left of the map.
  var left: Int { Self.border + yAxis.roomBeside }

  /// Pixels above the map.
  var top: Int {
    titleLines.isEmpty
      ? Self.border : Self.border + 12 + TextStyle.panelTitle.lineHeight * titleLines.count
  }

  /// Pixels right of the map: half of the last tick's label, half of a wide axis label.
  var right: Int {
    let axis = xAxis
    let overhang = axis.ticks.map { $0.value + $0.labelWidth / 2 - Double(width) }.max() ?? 0
    let label = axis.labelLines.map(TextStyle.body.width).max() ?? 0
    return max(6, Int(max(overhang, (label - Double(width)) / 2).rounded(.up)) + 6)
  }

  /// Pixels below the map.
  var bottom: Int { Self.border + xAxis.roomBelow }

  /// Draws all cells, with the first pixel at `x`, `y`, and the border around them.
  func draw(on canvas: inout Canvas, x: Int, y: Int, scale: ColorScale) {
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns {
        canvas.fill(
          x: x + column * cellWidth, y: y + row * cellHeight, width: cellWidth,
          height: cellHeight, scale.color(matrix.values[row * matrix.columns + column]))
      }
    }
    canvas.frame(
      x: x, y: y, width: width, height: height, thickness: Self.border, Palette.foreground)
  }

  /// Writes the texts of the cells, in a color that is legible on theirs.
  func writeCellTexts(on page: inout Page, x: Int, y: Int, scale: ColorScale) {
    guard let texts = map.cellTexts, matrix.values.count == texts.count else { return }
    for (index, text) in texts.enumerated() {
      let (row, column) = (index / matrix.columns, index % matrix.columns)
      page.write(
        text, x: Double(x + column * cellWidth) + Double(cellWidth) / 2,
        y: Double(y + row * cellHeight) + Double(cellHeight) / 2, .note,
        color: scale.color(matrix.values[index]).letterColor)
    }
  }

  /// Writes the panel's title above the map.
  func writeTitle(on page: inout Page, x: Int, y: Int) {
    let lineHeight = TextStyle.panelTitle.lineHeight
    for (index, line) in titleLines.enumerated() {
      let above = Self.border + 6 + lineHeight * (titleLines.count - 1 - index) + lineHeight / 2
      page.write(line, x: Double(x) + Double(width) / 2, y: Double(y - above), .panelTitle)
    }
  }
}
