import Foundation
import PlotBridge

extension Schematic {
  /// Pixels of one column, and of one row.
  static let columnPixels = 24.0
  static let rowPixels = 48.0

  public func write(to url: URL) throws { try write(to: url, with: Gnuplot()) }

  package func write(to url: URL, with gnuplot: Gnuplot) throws {
    try check()
    var drawing = SchematicPage(self)
    for element in elements { drawing.draw(element) }
    drawing.drawKey(keys)
    let picture = try gnuplot.draw(
      title: title, tables: drawing.tables, script: drawing.script)
    try PictureFile.save(picture, to: url)
  }

  func check() throws {
    guard !elements.isEmpty else { throw PlottingError.nothingToDraw(title: title) }
    guard (1...FigureText.columns).contains(columns), (1...FigureText.rows - 2).contains(rows)
    else {
      throw PlottingError.unusable(
        title: title,
        reason: "a schematic has at most \(FigureText.columns) columns and "
          + "\(FigureText.rows - 2) rows, not \(columns) and \(rows)")
    }
    for element in elements {
      guard let outside = element.firstOutside(columns: columns, rows: rows) else { continue }
      throw PlottingError.unusable(
        title: title, reason: "\(outside) is outside of its \(columns) columns and \(rows) rows")
    }
  }
}

extension Schematic.Element {
  /// The element in words if it is not inside the page; nil if it is.
  func firstOutside(columns: Int, rows: Int) -> String? {
    func inside(_ column: Int, _ row: Int) -> Bool {
      (0...columns).contains(column) && (0...rows).contains(row)
    }
    switch self {
    case .box(let area, let text, _, _), .node(let area, let text, _):
      let isInside =
        inside(area.column, area.row) && inside(area.column + area.width, area.row + area.height)
        && area.width > 0 && area.height > 0
      return isInside ? nil : "the box \"\(text)\""
    case .cells(let area, _, _):
      let isInside =
        inside(area.column, area.row) && inside(area.column + area.width, area.row + area.height)
        && area.width > 0 && area.height > 0
      return isInside ? nil : "the grid at column \(area.column) and row \(area.row)"
    case .label(let text, let column, let row, let align, _):
      let start = Schematic.start(text.count, column, align)
      return inside(start, row) && inside(start + text.count, row + 1)
        ? nil : "the label \"\(text)\""
    case .horizontal(let row, let from, let to, let label, _):
      return inside(from, row) && inside(to, row + 1) && from != to
        ? nil : "the arrow \"\(label)\" in row \(row)"
    case .vertical(let column, let from, let to, let label, _):
      return inside(column, from) && inside(column + 1, to) && from != to
        ? nil : "the arrow \"\(label)\" in column \(column)"
    case .path(let points, _):
      let outside = points.first {
        !(0...Double(columns)).contains($0.column) || !(0...Double(rows)).contains($0.row)
      }
      if points.count < 2 { return "a line of fewer than two points" }
      return outside.map { "the point \($0.column), \($0.row)" }
    case .bracketBelow(let row, let from, let to, let label, _):
      return inside(from, row) && inside(to, row + 1) && from < to
        ? nil : "the bracket \"\(label)\""
    case .bracketBeside(let column, let from, let to, let label):
      return inside(column, from) && inside(column + 2 + label.count, to) && from < to
        ? nil : "the bracket \"\(label)\""
    }
  }
}

extension Schematic {
  /// The first column of a text.
  static func start(_ count: Int, _ column: Int, _ align: Alignment) -> Int {
    switch align {
    case .left: column
    case .center: column - count / 2
    case .right: column - count
    }
  }
}

/// The page of a schematic as commands for gnuplot.
private struct SchematicPage {
  private var page: Page
  private(set) var tables: [[PlotPoint]] = []
  private var plots: [String] = []
  private var objects: [String] = []
  private let left: Double
  private let top: Double
  private let keyTop: Double

  private static let border = 3.0
  /// Pixels between the edge of a box and the edge of its first column.
  private static let inset = 5.0

  init(_ schematic: Schematic) {
    let inner = Double(schematic.columns) * Schematic.columnPixels
    let width = max(Int(inner), 760) + 2 * Page.margin
    let titleLines = TextStyle.title.wrapped(
      schematic.title, toWidth: Double(width - 2 * Page.margin))
    left = (Double(width) - inner) / 2
    top = Double(Page.margin + 12 + TextStyle.title.lineHeight * titleLines.count)
    keyTop = top + Double(schematic.rows) * Schematic.rowPixels + 14
    let keyLines = Self.keyLines(schematic.keys, width: Double(width) - 2 * left).count
    page = Page(
      width: width,
      height: Int(keyTop) + keyLines * 40 + Page.margin)
    page.write(titleLines: titleLines)
  }

  /// gnuplot draws lines at pixels: the whole page is its plot.
  var script: String {
    """
    \(page.settings)
    unset border
    set lmargin at screen 0
    set rmargin at screen 1
    set tmargin at screen 1
    set bmargin at screen 0
    set xrange [0:\(page.width)]
    set yrange [\(page.height):0]
    \(objects.joined(separator: "\n"))
    \(page.texts.joined(separator: "\n"))
    plot \((["NaN notitle"] + plots).joined(separator: ", \\\n  "))
    """
  }

  private func x(_ column: Double) -> Double { left + column * Schematic.columnPixels }
  private func y(_ row: Double) -> Double { top + row * Schematic.rowPixels }

  mutating func draw(_ element: Schematic.Element) {
    switch element {
    case .box(let area, let title, let foot, let fill): drawBox(area, title, foot, fill)
    case .node(let area, let text, let fill):
      rectangle(area, inset: Self.inset, fill, lineWidth: 2.5)
      write(
        text, column: Double(area.column) + Double(area.width) / 2,
        row: Double(area.row) + Double(area.height) / 2, on: fill)
    case .cells(let area, let columns, let cells): drawCells(area, columns, cells)
    case .label(let text, let column, let row, let align, let emphasis):
      let alignment: Page.Alignment =
        switch align {
        case .left: .left
        case .center: .center
        case .right: .right
        }
      page.write(
        text, x: x(Double(column)), y: y(Double(row) + 0.5),
        emphasis == .bold ? .panelTitle : .body, align: alignment,
        color: emphasis == .secondary ? Palette.secondaryText : Palette.foreground)
    case .horizontal(let row, let from, let to, let label, let line):
      drawHorizontal(row, from, to, label, line)
    case .vertical(let column, let from, let to, let label, let line):
      let middle = x(Double(column) + 0.5)
      draw([(middle, y(Double(from)) + 3), (middle, y(Double(to)) - 3)], line)
      page.write(
        label, x: middle + 14, y: (y(Double(from)) + y(Double(to))) / 2, align: .left,
        color: line.color.text)
    case .path(let points, let line): draw(points.map { (x($0.column), y($0.row)) }, line)
    case .bracketBelow(let row, let from, let to, let label, let opensDown):
      drawBracket(row, from, to, label, opensDown)
    case .bracketBeside(let column, let from, let to, let label):
      let (right, low, high) = (x(Double(column) + 0.6), y(Double(to)) - 5, y(Double(from)) + 5)
      draw(
        [(right - 10, high), (right, high), (right, low), (right - 10, low)], Schematic.Line())
      page.write(label, x: x(Double(column) + 1.2), y: (low + high) / 2, align: .left)
    }
  }

  private mutating func drawBox(
    _ area: Schematic.Area, _ title: String, _ foot: String, _ fill: Schematic.Fill
  ) {
    rectangle(area, inset: Self.inset, fill, lineWidth: Self.border)
    page.write(
      title, x: x(Double(area.column)) + 18, y: y(Double(area.row) + 0.5), .panelTitle,
      align: .left)
    page.write(
      foot, x: x(Double(area.column)) + 18, y: y(Double(area.row + area.height) - 0.5),
      align: .left, color: Palette.secondaryText)
  }

  private mutating func drawCells(
    _ area: Schematic.Area, _ columns: Int, _ cells: [Schematic.Cell?]
  ) {
    let width = area.width / columns
    let height = area.height / (cells.count / columns)
    for case (let index, let cell?) in cells.enumerated() {
      let own = Schematic.Area(
        column: area.column + index % columns * width, row: area.row + index / columns * height,
        width: width, height: height)
      rectangle(own, inset: 2, cell.fill, lineWidth: 1.5)
      write(
        cell.text, column: Double(own.column) + Double(width) / 2,
        row: Double(own.row) + Double(height) / 2, on: cell.fill)
    }
  }

  /// The label stands above the arrow, both in one row.
  private mutating func drawHorizontal(
    _ row: Int, _ from: Int, _ to: Int, _ label: String, _ line: Schematic.Line
  ) {
    let height = y(Double(row) + (label.isEmpty ? 0.5 : 0.78))
    let gap = from < to ? 3.0 : -3
    draw([(x(Double(from)) + gap, height), (x(Double(to)) - gap, height)], line)
    page.write(
      label, x: (x(Double(from)) + x(Double(to))) / 2, y: y(Double(row) + 0.38),
      color: line.color.text)
  }

  private mutating func drawBracket(
    _ row: Int, _ from: Int, _ to: Int, _ label: String, _ opensDown: Bool
  ) {
    let (start, end, middle) = (x(Double(from)) + 5, x(Double(to)) - 5, y(Double(row) + 0.5))
    let tip = opensDown ? middle + 14 : middle - 14
    let half = label.isEmpty ? 0 : TextStyle.body.width(label) / 2 + 10
    let center = (start + end) / 2
    guard half < (end - start) / 2 - 4 else {
      draw([(start, tip), (start, middle), (end, middle), (end, tip)], Schematic.Line())
      page.write(label, x: center, y: opensDown ? middle - 18 : middle + 18)
      return
    }
    draw([(start, tip), (start, middle), (center - half, middle)], Schematic.Line())
    draw([(center + half, middle), (end, middle), (end, tip)], Schematic.Line())
    page.write(label, x: center, y: middle)
  }

  private mutating func write(
    _ text: String, column: Double, row: Double, on fill: Schematic.Fill
  ) {
    page.write(
      text, x: x(column), y: y(row),
      color: fill.color.map(\.letterColor) ?? Palette.foreground)
  }

  private mutating func rectangle(
    _ area: Schematic.Area, inset: Double, _ fill: Schematic.Fill, lineWidth: Double
  ) {
    let (start, high) = (x(Double(area.column)) + inset, y(Double(area.row)) + inset)
    let end = x(Double(area.column + area.width)) - inset
    let low = y(Double(area.row + area.height)) - inset
    rectangle(start, high, end, low, fill, lineWidth)
  }

  private mutating func rectangle(
    _ start: Double, _ high: Double, _ end: Double, _ low: Double, _ fill: Schematic.Fill,
    _ lineWidth: Double
  ) {
    let color = fill.color ?? Palette.background
    objects.append(
      "set object rectangle from \(page.screen(start, high)) to \(page.screen(end, low)) "
        + "fc rgb \"\(color.hex)\" fs solid 1 border lc rgb \"\(Palette.secondaryText.hex)\" "
        + "lw \(lineWidth) back")
  }

  /// The head is a polygon: gnuplot draws none on an arrow that is shorter than its head.
  private mutating func draw(_ points: [(Double, Double)], _ line: Schematic.Line) {
    var points = points
    let color = "rgb \"\(line.color.hex)\""
    if line.hasHead, points.count > 1 {
      let (tip, (length, half)) = (points[points.count - 1], (20.0, 9.0))
      // The head points along the line that ends in it, also if the last parts are short.
      let before = points.dropLast().last { hypot($0.0 - tip.0, $0.1 - tip.1) >= length / 2 }
      let from = before ?? points[points.count - 2]
      let distance = max(hypot(tip.0 - from.0, tip.1 - from.1), 1)
      let (across, down) = ((tip.0 - from.0) / distance, (tip.1 - from.1) / distance)
      let base = (tip.0 - length * across, tip.1 - length * down)
      let corners = [
        tip, (base.0 - half * down, base.1 + half * across),
        (base.0 + half * down, base.1 - half * across), tip,
      ].map { page.screen($0.0, $0.1) }
      objects.append(
        "set object polygon from \(corners.joined(separator: " to ")) fc \(color) fs solid 1 "
          + "noborder front")
      points.removeAll { hypot($0.0 - tip.0, $0.1 - tip.1) < length }
      points.append((tip.0 - 0.8 * length * across, tip.1 - 0.8 * length * down))
    }
    tables.append(points.map { PlotPoint(x: $0.0, y: $0.1, low: $0.1, high: $0.1) })
    plots.append(
      "$table\(tables.count - 1) using 1:2 with lines lw 3.5 "
        + "\(line.isDashed ? "dt (8,6) " : "")lc \(color) notitle")
  }

  private static func keyLines(_ keys: [Schematic.Key], width: Double) -> [[Schematic.Key]] {
    var lines: [[Schematic.Key]] = []
    var end = Double.infinity
    for key in keys {
      let room = 42 + TextStyle.body.width(key.meaning) + 36
      if end + room > width {
        lines.append([])
        end = 0
      }
      lines[lines.count - 1].append(key)
      end += room
    }
    return lines
  }

  mutating func drawKey(_ keys: [Schematic.Key]) {
    for (row, line) in Self.keyLines(keys, width: Double(page.width) - 2 * left).enumerated() {
      var start = left
      for key in line {
        let middle = keyTop + Double(row) * 40 + 18
        rectangle(start, middle - 13, start + 30, middle + 13, key.fill, 1.5)
        page.write(key.meaning, x: start + 42, y: middle, align: .left)
        start += 42 + TextStyle.body.width(key.meaning) + 36
      }
    }
  }
}
