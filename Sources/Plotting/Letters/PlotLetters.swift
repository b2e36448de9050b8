import Foundation

/// What the letters of all plots share: the title, the axes and the key around a field of letters.
struct PlotLetters {
  let x: Axis
  let y: Axis
  let xRange: ClosedRange<Double>
  let yRange: ClosedRange<Double>
  let heading: [String]
  let key: [String]
  /// Columns at the right of the field, for the letters of the curves.
  let gutter: Int
  private let yTicks: [(row: Int, label: String)]
  /// The columns of the ticks' labels at the left.
  private let tickWidth: Int
  let columns: Int
  let rows: Int

  init(
    title: String, x: Axis, y: Axis, xRange: ClosedRange<Double>, yRange: ClosedRange<Double>,
    key entries: [String], gutter: Int
  ) {
    (self.x, self.y, self.xRange, self.yRange) = (x, y, xRange, yRange)
    self.gutter = gutter
    // Many names need the title's second line.
    let isLongKey = Self.keyLines(entries, atMost: 2).contains { $0.contains("…") }
    heading = letterLines(title, width: FigureText.columns, atMost: isLongKey ? 1 : 2)
    key = Self.keyLines(entries, atMost: 4 - heading.count)
    // The label of y, the axis, its ticks, the label of x.
    let others = (y.label.isEmpty ? 0 : 1) + 2 + (x.label.isEmpty ? 0 : 1)
    // A long key does not make the plot itself lower.
    let limit = min(FigureText.rows, FigureText.plotRows + max(0, key.count - 1))
    let rows = limit - heading.count - key.count - others
    self.rows = rows
    let ticks = Ticks.apart(
      y.ticks.map { _ in y.shownTicks(in: yRange) }, atMost: max(2, rows),
      round: { y.roundTicks(in: yRange, atMost: $0) },
      position: { y.fraction($0, in: yRange) * Double(rows - 1) }, extent: { _ in 1.5 })
    yTicks = ticks.map { tick in
      let row = (1 - y.fraction(tick.value, in: yRange)) * Double(rows) - 0.5
      return (min(max(Int(row.rounded()), 0), rows - 1), tick.label.shortened(to: 12))
    }
    tickWidth = yTicks.map(\.label.count).max() ?? 0
    columns = FigureText.columns - tickWidth - 1 - gutter
  }

  static func keyLines(_ entries: [String], atMost limit: Int) -> [String] {
    func lines(_ length: Int) -> [String] {
      entries.map { $0.shortened(to: length) }.reduce(into: [String]()) { lines, entry in
        if let last = lines.last, last.count + 2 + entry.count <= FigureText.columns {
          lines[lines.count - 1] = last + "  " + entry
        } else {
          lines.append(entry)
        }
      }
    }
    // Long names are cut together, until all of them have room.
    for length in stride(from: FigureText.columns, through: 6, by: -2) {
      let found = lines(length)
      if found.count <= limit { return found }
    }
    return Array(lines(6).prefix(limit))
  }

  /// The dot across of a value of x, the dot down of a value of y.
  func dot(_ xValue: Double, _ yValue: Double) -> (x: Double, y: Double) {
    (
      x.fraction(xValue, in: xRange) * Double(columns * 2 - 1),
      (1 - y.fraction(yValue, in: yRange)) * Double(rows * 4 - 1)
    )
  }

  func column(_ value: Double) -> Int {
    Int(x.fraction(value, in: xRange) * Double(columns) * 0.999_999)
  }

  func row(_ value: Double) -> Int {
    Int((1 - y.fraction(value, in: yRange)) * Double(rows) * 0.999_999)
  }

  /// The figure around a field of `columns + gutter` by `rows` letters.
  func text(_ field: LetterGrid) -> String {
    var lines = heading
    if !y.label.isEmpty { lines.append(y.shownLabel(in: yRange).shortened(to: FigureText.columns)) }
    for (row, line) in field.lines.enumerated() {
      let tick = yTicks.first { $0.row == row }
      let label = tick?.label ?? ""
      lines.append(
        String(repeating: " ", count: tickWidth - label.count) + label
          + (tick == nil ? "│" : "┤") + line)
    }
    lines += xLines
    if !x.label.isEmpty {
      let label = x.shownLabel(in: xRange).shortened(to: columns)
      let start = tickWidth + 1 + (columns - label.count) / 2
      lines.append(String(repeating: " ", count: start) + label)
    }
    return (lines + key).joined(separator: "\n")
  }

  private var xLines: [String] {
    var axis = x.letters(in: xRange, start: tickWidth + 1, columns: columns, atMost: 7) {
      tickWidth + 1 + column($0)
    }
    axis.write("└", row: 0, column: tickWidth)
    return axis.lines
  }

  /// The letter of a series: A, B, C, …
  static func mark(_ index: Int) -> Character {
    Character(Unicode.Scalar(UInt8(65 + index % 26)))
  }
}

extension Axis {
  /// A horizontal axis from column `start` on: its line, and a row with the labels of its ticks, at
  /// most `limit`. `column` is the column of a value.
  func letters(
    in range: ClosedRange<Double>, start: Int, columns: Int, atMost limit: Int,
    column: (Double) -> Int
  ) -> LetterGrid {
    let shown = Ticks.apart(
      ticks.map { _ in shownTicks(in: range) }, atMost: limit,
      round: { roundTicks(in: range, atMost: $0) },
      position: { fraction($0, in: range) * Double(columns) },
      extent: { Double($0.label.count + 2) })
    var grid = LetterGrid(columns: FigureText.columns, rows: 2)
    grid.write(String(repeating: "─", count: columns), row: 0, column: start)
    for tick in shown {
      let middle = column(tick.value)
      grid[0, middle] = "┬"
      let left = min(
        max(middle - tick.label.count / 2, 0), FigureText.columns - tick.label.count)
      grid.write(tick.label, row: 1, column: left)
    }
    return grid
  }
}
