extension HeatMap {
  /// Shades for small to large values; a dot where there is none.
  public var text: String? {
    HeatMapSheet(title: title, maps: [self]).letters(areTitled: false)
  }
}

extension HeatMapSheet {
  /// As many maps side by side as have room.
  public var text: String? { letters(areTitled: true) }

  func letters(areTitled: Bool) -> String? {
    guard let first = maps.first,
      maps.allSatisfy({ $0.rows > 0 && $0.columns > 0 && $0.values.count == $0.rows * $0.columns }),
      let scale = try? ColorScale(
        maps.map { $0.pooled(rows: 64, columns: 128) }, of: first, title: title)
    else { return nil }
    let heading = letterLines(title, width: FigureText.columns, atMost: 2)
    let areTitled = areTitled && maps.contains { !$0.title.isEmpty }
    let key = PlotLetters.keyLines(scale.keyEntries(barLabel: first.barLabel), atMost: 2)
    let across = maps.count == 1 ? 1 : min(columnCount, maps.count, 4)
    let axes = letterLines(axisLine(first), width: FigureText.columns, atMost: 1)
    // Rows of a panel: its title, its cells, its ticks.
    var room = FigureText.plotRows - heading.count - key.count - axes.count
    let around = (areTitled ? 1 : 0) + 1
    // A second row only if both are high enough to show a pattern.
    let down = min((maps.count + across - 1) / across, max(1, room / (around + 5)))
    // For the line about those that are left out.
    if maps.count > across * down { room -= 1 }
    let height = room / down - around
    let width = (FigureText.columns + 2) / across - 2
    var field = LetterGrid(columns: FigureText.columns, rows: room)
    var last = 0
    for (index, map) in maps.prefix(across * down).enumerated() {
      let panel = MapLetters(map, scale, columns: width, rows: height)
      let (top, left) = (index / across * (height + around), index % across * (width + 2))
      if areTitled { field.write(map.title.shortened(to: width), row: top, column: left) }
      let end = panel.write(on: &field, row: top + (areTitled ? 1 : 0), column: left)
      last = max(last, end)
    }
    let hidden = maps.dropFirst(across * down)
    let names = hidden.map(\.title).filter { !$0.isEmpty }.joined(separator: ", ")
    let rest = "+ \(hidden.count) of \(maps.count) maps in the picture"
    let more =
      hidden.isEmpty
      ? []
      : letterLines(
        rest + (names.isEmpty ? "" : ": \(names)"), width: FigureText.columns, atMost: 1)
    let lines = heading + field.lines.prefix(last) + axes + more + key
    return lines.prefix(FigureText.plotRows).joined(separator: "\n")
  }

  private func axisLine(_ map: HeatMap) -> String {
    [
      map.yLabel.isEmpty ? nil : "↓ \(map.yLabel)", map.xLabel.isEmpty ? nil : "→ \(map.xLabel)",
    ].compactMap { $0 }.joined(separator: ", ")
  }
}

/// One map as letters, with its ticks at the left and below.
private struct MapLetters {
  let map: HeatMap
  let matrix: PooledMatrix
  let scale: ColorScale
  /// Letters of one value, in a row.
  let cellWidth: Int
  private let showsTexts: Bool
  private let rowTicks: [(row: Int, label: String)]
  private let tickWidth: Int

  init(_ map: HeatMap, _ scale: ColorScale, columns: Int, rows: Int) {
    self.map = map
    self.scale = scale
    let range = map.yRange ?? 0...Double(map.rows - 1)
    let ticks = map.yTicks ?? Ticks.linear(range, atMost: max(2, min(rows, map.rows) / 2))
    tickWidth = min(ticks.map(\.label.count).max() ?? 0, max(3, columns / 3))
    let room = max(columns - tickWidth - 1, 4)
    // Letters are twice as high as wide: a square map is twice as many letters wide.
    let height = min(rows, map.rows)
    let aspect = Double(map.columns) / Double(map.rows)
    let wanted = map.columns <= room ? room : Int(2 * aspect * Double(height))
    let width = min(room, max(wanted, min(map.columns, 8)))
    matrix = map.pooled(rows: max(height, 1), columns: width)
    // Wide enough for the texts of the cells, if there is room.
    let texts = map.cellTexts.map { ($0.map(\.count).max() ?? 0) + 1 } ?? 0
    let fitting = room / matrix.columns >= texts ? texts : 0
    cellWidth = max(
      fitting, min(max(1, width / matrix.columns), map.rows == map.columns ? 2 : 6))
    showsTexts = fitting > 0 && matrix.values.count == map.values.count
    let (block, labelWidth) = (matrix.rowBlock, tickWidth)
    let span = range.upperBound - range.lowerBound
    rowTicks = ticks.filter { range.contains($0.value) }.map { tick in
      let row = span > 0 ? (tick.value - range.lowerBound) / span * Double(map.rows - 1) : 0
      return (Int(row.rounded()) / block, tick.label.shortened(to: labelWidth))
    }
  }

  /// The row below the map.
  func write(on page: inout LetterGrid, row: Int, column: Int) -> Int {
    let left = column + tickWidth + 1
    for y in 0..<matrix.rows {
      if let tick = rowTicks.first(where: { $0.row == y }) {
        page.write(
          String(repeating: " ", count: max(0, tickWidth - tick.label.count)) + tick.label,
          row: row + y, column: column)
      }
      for x in 0..<matrix.columns {
        if showsTexts, let text = map.cellTexts?[y * matrix.columns + x] {
          page.write(
            text.centered(cellWidth - 1), row: row + y, column: left + x * cellWidth)
          continue
        }
        let letter = scale.letter(matrix.values[y * matrix.columns + x])
        for offset in 0..<cellWidth { page[row + y, left + x * cellWidth + offset] = letter }
      }
    }
    writeColumnTicks(on: &page, row: row + matrix.rows, left: left)
    return row + matrix.rows + 1
  }

  private func writeColumnTicks(on page: inout LetterGrid, row: Int, left: Int) {
    let range = map.xRange ?? 0...Double(map.columns - 1)
    let span = range.upperBound - range.lowerBound
    let width = matrix.columns * cellWidth
    func place(_ value: Double) -> Double {
      let cell = span > 0 ? (value - range.lowerBound) / span * Double(map.columns - 1) : 0
      return (cell + 0.5) / Double(matrix.columns * matrix.columnBlock) * Double(width)
    }
    let given = map.xTicks?.filter { range.contains($0.value) }
    let ticks = Ticks.apart(
      given, atMost: max(2, min(map.columns, width / 5)),
      round: { Ticks.linear(range, atMost: $0) }, position: place,
      extent: { Double($0.label.count + ($0.label.count > 1 ? 1 : 0)) })
    for tick in ticks {
      let start = Int(place(tick.value) - Double(tick.label.count) / 2)
      let limit = max(0, width - tick.label.count)
      page.write(tick.label, row: row, column: left + min(max(start, 0), limit))
    }
  }
}

extension ColorScale {
  private static let shades: [Character] = [" ", "░", "▒", "▓", "█"]
  private static let below: [Character] = [" ", "-", "=", "≡"]
  private static let above: [Character] = [" ", "░", "▒", "█"]
  private static let categoryMarks: [Character] = ["·", "▒", "█", "#", "+", "o", "x", "="]
  private static let firstBesideGaps: Character = "░"

  /// The letter of a value.
  func letter(_ value: Float) -> Character {
    guard let position = position(Double(value)) else { return "·" }
    switch colors {
    case .categories(let list):
      let index = Int((position * Double(max(list.count - 1, 1))).rounded())
      if index == 0 && hasGaps { return Self.firstBesideGaps }
      // Of two, the second is the one that counts.
      let mark = list.count == 2 ? 2 * index : index
      return Self.categoryMarks[mark % Self.categoryMarks.count]
    case .diverging:
      let step = Int((abs(position - 0.5) * 2 * 3).rounded())
      return position < 0.5 ? Self.below[step] : Self.above[step]
    case .sequential, .logarithmic:
      return Self.shades[Int((position * 4).rounded())]
    }
  }

  /// What the letters mean.
  func keyEntries(barLabel: String) -> [String] {
    let label = barLabel.isEmpty ? "" : barLabel + ", "
    let ends = "\(NumberText.rough(range.lowerBound)) to \(NumberText.rough(range.upperBound))"
    var entries: [String]
    switch colors {
    case .categories(let list):
      entries = list.indices.map { "\(letter(Float($0))) \(list[$0].name)" }
    case .diverging: entries = ["-=≡ below, ░▒█ above: \(label)\(ends)"]
    case .sequential, .logarithmic: entries = ["░▒▓█ \(label)\(ends)"]
    }
    if let grayLabel { entries.append("· \(grayLabel)") }
    return entries
  }
}
