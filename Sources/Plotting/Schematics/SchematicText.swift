extension Schematic {
  public var text: String? {
    guard (try? check()) != nil else { return nil }
    var page = LetterGrid(columns: columns, rows: rows)
    for element in elements { element.write(on: &page) }
    var lines = page.lines
    while lines.last?.isEmpty == true { lines.removeLast() }
    let below = keyLines
    let room = FigureText.rows - lines.count - below.count
    let heading = letterLines(title, width: FigureText.columns, atMost: min(2, room))
    return (heading + lines + below).joined(separator: "\n")
  }

  /// At most one line, if two would not leave a line for the title.
  private var keyLines: [String] {
    let entries = keys.map { key in
      let mark = key.fill.mark == " " ? "□" : key.fill.mark
      return "\(mark) \(key.meaning)"
    }
    let lines = entries.reduce(into: [String]()) { lines, entry in
      if let last = lines.last, last.count + 3 + entry.count <= FigureText.columns {
        lines[lines.count - 1] = last + "   " + entry
      } else {
        lines.append(entry.shortened(to: FigureText.columns))
      }
    }
    return Array(lines.prefix(max(1, FigureText.rows - rows - 1)))
  }
}

extension Schematic.Element {
  func write(on page: inout LetterGrid) {
    switch self {
    case .box(let area, let title, let foot, _): Self.frame(area, title, foot, on: &page)
    case .node(let area, let text, let fill): Self.node(area, text, fill, on: &page)
    case .cells(let area, let columns, let cells): Self.cells(area, columns, cells, on: &page)
    case .label(let text, let column, let row, let align, _):
      page.write(text, row: row, column: Schematic.start(text.count, column, align))
    case .horizontal(let row, let from, let to, let label, let line):
      Self.horizontal(row, from, to, label, line, on: &page)
    case .vertical(let column, let from, let to, let label, let line):
      Self.vertical(column, from, to, label, line, on: &page)
    case .path(let points, let line): Self.path(points, line, on: &page)
    case .bracketBelow(let row, let from, let to, let label, let opensDown):
      Self.bracket(row, from, to, label, opensDown, on: &page)
    case .bracketBeside(let column, let from, let to, let label):
      for row in from..<to {
        page[row, column] = to - from == 1 ? "]" : row == from ? "╮" : row == to - 1 ? "╯" : "│"
      }
      page.write(label, row: (from + to - 1) / 2, column: column + 2)
    }
  }

  private static func frame(
    _ area: Schematic.Area, _ title: String, _ foot: String, on page: inout LetterGrid
  ) {
    let (right, low) = (area.column + area.width - 1, area.row + area.height - 1)
    for column in area.column...right {
      page[area.row, column] = "─"
      page[low, column] = "─"
    }
    for row in area.row...low {
      page[row, area.column] = "│"
      page[row, right] = "│"
    }
    page[area.row, area.column] = "┌"
    page[area.row, right] = "┐"
    page[low, area.column] = "└"
    page[low, right] = "┘"
    for (text, row) in [(title, area.row), (foot, low)] where !text.isEmpty {
      page.write(
        " " + text.shortened(to: area.width - 4) + " ", row: row, column: area.column + 1)
    }
  }

  private static func node(
    _ area: Schematic.Area, _ text: String, _ fill: Schematic.Fill, on page: inout LetterGrid
  ) {
    if area.height == 1 {
      let inside = text.shortened(to: area.width - 2).centered(area.width - 2)
      page.write("[" + inside + "]", row: area.row, column: area.column)
      return
    }
    frame(area, "", "", on: &page)
    let width = area.width - 2
    if area.height > 2 {
      for row in area.row + 1..<area.row + area.height - 1 {
        page.write(String(repeating: " ", count: width), row: row, column: area.column + 1)
      }
    }
    page.write(
      text.shortened(to: width).centered(width), row: area.row + (area.height - 1) / 2,
      column: area.column + 1)
  }

  /// A cell of one letter's width is its mark or its text. A wider one leaves its last column free,
  /// so that cells can be counted.
  private static func cells(
    _ area: Schematic.Area, _ columns: Int, _ cells: [Schematic.Cell?],
    on page: inout LetterGrid
  ) {
    let width = area.width / columns
    let height = area.height / (cells.count / columns)
    let inner = width > 1 ? width - 1 : 1
    for case (let index, let cell?) in cells.enumerated() {
      let (column, row) = (
        area.column + index % columns * width, area.row + index / columns * height
      )
      for line in 0..<height {
        page.write(
          String(repeating: String(cell.fill.mark), count: inner), row: row + line,
          column: column)
      }
      let text = cell.text.shortened(to: inner)
      page.write(
        text, row: row + (height - 1) / 2, column: column + (inner - text.count) / 2)
    }
  }

  private static func horizontal(
    _ row: Int, _ from: Int, _ to: Int, _ label: String, _ line: Schematic.Line,
    on page: inout LetterGrid
  ) {
    let (start, end) = (min(from, to), max(from, to))
    let stroke: Character = line.isDashed ? "┄" : "─"
    for column in start..<end { page[row, column] = stroke }
    if line.hasHead { page[row, from < to ? end - 1 : start] = from < to ? "▶" : "◀" }
    guard !label.isEmpty else { return }
    let room = end - start - (line.hasHead ? 1 : 0)
    let text = label.shortened(to: room)
    page.write(
      text, row: row,
      column: start + (line.hasHead && from > to ? 1 : 0) + (room - text.count) / 2)
  }

  private static func vertical(
    _ column: Int, _ from: Int, _ to: Int, _ label: String, _ line: Schematic.Line,
    on page: inout LetterGrid
  ) {
    let (start, end) = (min(from, to), max(from, to))
    for row in start..<end { page[row, column] = line.isDashed ? "┆" : "│" }
    if line.hasHead { page[from < to ? end - 1 : start, column] = from < to ? "▼" : "▲" }
    page.write(label, row: (start + end - 1) / 2, column: column + 2)
  }

  /// Horizontal and vertical parts are lines of a box, not over what stands there already; slanted
  /// parts are dots.
  private static func path(
    _ points: [Schematic.Point], _ line: Schematic.Line, on page: inout LetterGrid
  ) {
    var dots = Dots(columns: page.columns, rows: page.rows)
    func put(_ letter: Character, _ row: Int, _ column: Int) {
      if page[row, column] == " " { page[row, column] = letter }
    }
    for (before, (point, after)) in zip(points, zip(points.dropFirst(), points.dropFirst(2))) {
      if let corner = corner(before, point, after) {
        put(corner, point.letterRow, point.letterColumn)
      }
    }
    for (start, end) in zip(points, points.dropFirst()) {
      let columns = [start.letterColumn, end.letterColumn].sorted()
      let rows = [start.letterRow, end.letterRow].sorted()
      if start.row == end.row && columns[0] < columns[1] {
        for column in columns[0]...columns[1] { put(line.isDashed ? "┄" : "─", rows[0], column) }
      } else if start.column == end.column && rows[0] < rows[1] {
        for row in rows[0]...rows[1] { put(line.isDashed ? "┆" : "│", row, columns[0]) }
      } else {
        dots.line(from: (start.column * 2, start.row * 4), to: (end.column * 2, end.row * 4))
      }
    }
    page.write(dots, row: 0, column: 0)
    guard line.hasHead, points.count > 1 else { return }
    let (from, to) = (points[points.count - 2], points[points.count - 1])
    let (across, down) = (to.column - from.column, (to.row - from.row) * 2)
    let head: Character =
      abs(across) > abs(down) ? (across > 0 ? "▶" : "◀") : down > 0 ? "▼" : "▲"
    // A point at the end of the page belongs to the letter before it.
    page[min(to.letterRow, page.rows - 1), min(to.letterColumn, page.columns - 1)] = head
  }

  /// The letter where a horizontal and a vertical part meet.
  private static func corner(
    _ before: Schematic.Point, _ point: Schematic.Point, _ after: Schematic.Point
  ) -> Character? {
    let isLevel = before.row == point.row
    guard isLevel ? after.column == point.column : before.column == point.column,
      isLevel || after.row == point.row
    else { return nil }
    let (side, other) = isLevel ? (before, after) : (after, before)
    return switch (side.column > point.column, other.row > point.row) {
    case (true, true): "┌"
    case (false, true): "┐"
    case (true, false): "└"
    case (false, false): "┘"
    }
  }

  private static func bracket(
    _ row: Int, _ from: Int, _ to: Int, _ label: String, _ opensDown: Bool,
    on page: inout LetterGrid
  ) {
    guard to - from > 1 else {
      page.write(label, row: row, column: from)
      return
    }
    for column in from..<to { page[row, column] = "─" }
    page[row, from] = opensDown ? "╭" : "╰"
    page[row, to - 1] = opensDown ? "╮" : "╯"
    guard !label.isEmpty, to - from > 4 else { return }
    let text = " " + label.shortened(to: to - from - 4) + " "
    page.write(text, row: row, column: from + (to - from - text.count) / 2)
  }
}

extension Schematic.Point {
  fileprivate var letterColumn: Int { Int(column) }
  fileprivate var letterRow: Int { Int(row) }
}
