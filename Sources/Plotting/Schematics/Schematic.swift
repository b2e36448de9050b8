import Foundation

/// A drawing of boxes, cells, arrows and brackets, for what has no numbers to plot.
///
/// Its page is a grid of letters: a unit is one column wide and one row high, a row being twice as
/// high as a column is wide. So the same drawing is a PNG and, letter by letter, a text for a
/// terminal. A text of n letters takes at most n columns in both. Columns and rows are counted from
/// 0 at the upper left corner.
///
/// ```swift
/// var drawing = Schematic("One block of keys at a time", columns: 40, rows: 7)
/// drawing.box(column: 0, row: 0, width: 16, height: 7, "HBM", foot: "40 to 80 GB")
/// drawing.cells(column: 2, row: 2, rows: 1, columns: 4, cellWidth: 3) { _, block in
///   .init(block == 1 ? .solid(.tiledAttention) : .empty, "K\(block)")
/// }
/// drawing.arrow(row: 2, from: 16, to: 24, "1")
/// drawing.node(column: 24, row: 1, width: 12, height: 3, "SRAM")
/// ```
public struct Schematic: Figure, Equatable {
  public var title: String
  /// The width of the page, at most `FigureText.columns`.
  public let columns: Int
  /// The height of the page, at most `FigureText.rows - 2`: the title needs a line or two, the key
  /// another.
  public let rows: Int
  private(set) var elements: [Element] = []
  private(set) var keys: [Key] = []

  public init(_ title: String, columns: Int = FigureText.columns, rows: Int = 13) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// How a box or a cell is filled.
  public struct Fill: Equatable, Sendable {
    var color: Palette.Color?
    /// The letter that fills it in a text.
    var mark: Character

    /// Only an outline.
    public static let empty = Fill(color: nil, mark: "·")
    /// Gray: not there, not visible, not computed.
    public static let absent = Fill(color: Palette.noValue, mark: " ")

    /// The concept's color.
    public static func solid(_ concept: Concept, mark: Character = "█") -> Fill {
      Fill(color: concept.color, mark: mark)
    }

    /// A light tint of the concept's color.
    public static func tint(_ concept: Concept, mark: Character = "░") -> Fill {
      Fill(color: concept.color.tint, mark: mark)
    }
  }

  /// One cell of a grid: its fill, and a text of at most the cell's width.
  public struct Cell: Equatable, Sendable {
    public var fill: Fill
    public var text: String

    public init(_ fill: Fill = .empty, _ text: String = "") {
      self.fill = fill
      self.text = text
    }
  }

  /// A point for slanted lines and arcs, in columns and rows. The middle of the letter in column 3
  /// and row 2 is at 3.5 and 2.5.
  public struct Point: Equatable, Sendable {
    public var column: Double
    public var row: Double

    public init(_ column: Double, _ row: Double) {
      self.column = column
      self.row = row
    }
  }

  public enum Alignment: Equatable, Sendable {
    case left, center, right
  }

  public enum Emphasis: Equatable, Sendable {
    case plain, bold, secondary
  }

  struct Key: Equatable {
    var fill: Fill
    var meaning: String
  }

  /// A rectangle in columns and rows.
  struct Area: Equatable {
    var column: Int
    var row: Int
    var width: Int
    var height: Int
  }

  enum Element: Equatable {
    case box(Area, title: String, foot: String, fill: Fill)
    case node(Area, text: String, fill: Fill)
    case cells(Area, columns: Int, cells: [Cell?])
    case label(String, column: Int, row: Int, Alignment, Emphasis)
    case horizontal(row: Int, from: Int, to: Int, label: String, Line)
    case vertical(column: Int, from: Int, to: Int, label: String, Line)
    case path([Point], Line)
    case bracketBelow(row: Int, from: Int, to: Int, label: String, opensDown: Bool)
    case bracketBeside(column: Int, from: Int, to: Int, label: String)
  }

  struct Line: Equatable {
    var hasHead = false
    var isDashed = false
    var color = Palette.foreground
  }
}

extension Schematic {
  /// A frame around other things, with a heading in its first row and a note in its last.
  public mutating func box(
    column: Int, row: Int, width: Int, height: Int, _ title: String, foot: String = "",
    fill: Fill = .empty
  ) {
    elements.append(
      .box(
        Area(column: column, row: row, width: width, height: height), title: title, foot: foot,
        fill: fill))
  }

  /// A small box with a text in its middle. One that is a single row high has brackets at its ends
  /// in a text.
  public mutating func node(
    column: Int, row: Int, width: Int, height: Int = 1, _ text: String, fill: Fill = .empty
  ) {
    elements.append(
      .node(
        Area(column: column, row: row, width: width, height: height), text: text, fill: fill))
  }

  /// A grid of cells, with its upper left corner at `column`, `row`. `cell` gives the cell at a row
  /// and a column of the grid, nil where there is none.
  public mutating func cells(
    column: Int, row: Int, rows: Int, columns: Int, cellWidth: Int = 2, cellHeight: Int = 1,
    _ cell: (_ row: Int, _ column: Int) -> Cell?
  ) {
    let cells = (0..<rows).flatMap { row in (0..<columns).map { cell(row, $0) } }
    elements.append(
      .cells(
        Area(
          column: column, row: row, width: columns * cellWidth, height: rows * cellHeight),
        columns: columns, cells: cells))
  }

  /// A line of text whose left end, middle or right end is at `column`.
  public mutating func label(
    _ text: String, column: Int, row: Int, align: Alignment = .left,
    _ emphasis: Emphasis = .plain
  ) {
    elements.append(.label(text, column: column, row: row, align, emphasis))
  }

  /// A horizontal arrow along a row, from the left edge of one column to that of another; its label
  /// stands above it, or in it in a text.
  public mutating func arrow(
    row: Int, from: Int, to: Int, _ label: String = "", isDashed: Bool = false,
    hasHead: Bool = true, color: Palette.Color = Palette.foreground
  ) {
    elements.append(
      .horizontal(
        row: row, from: from, to: to, label: label,
        Line(hasHead: hasHead, isDashed: isDashed, color: color)))
  }

  /// A vertical arrow along a column, from the upper edge of one row to that of another, with its
  /// label at the right.
  public mutating func arrow(
    column: Int, from: Int, to: Int, _ label: String = "", isDashed: Bool = false,
    hasHead: Bool = true, color: Palette.Color = Palette.foreground
  ) {
    elements.append(
      .vertical(
        column: column, from: from, to: to, label: label,
        Line(hasHead: hasHead, isDashed: isDashed, color: color)))
  }

  /// A straight or broken line through points, with a head at its end if asked.
  public mutating func line(
    _ points: [Point], hasHead: Bool = false, isDashed: Bool = false,
    color: Palette.Color = Palette.foreground
  ) {
    elements.append(.path(points, Line(hasHead: hasHead, isDashed: isDashed, color: color)))
  }

  /// A part of a circle, counterclockwise from one angle to another, in degrees from the right. The
  /// radius is in columns; a row is as high as two columns are wide.
  public mutating func arc(
    center: Point, radius: Double, from: Double, to: Double, hasHead: Bool = false,
    isDashed: Bool = false, color: Palette.Color = Palette.foreground
  ) {
    let count = max(2, Int(abs(to - from) / 4))
    let points = (0...count).map { index in
      Self.point(
        center, radius: radius, angle: from + (to - from) * Double(index) / Double(count))
    }
    line(points, hasHead: hasHead, isDashed: isDashed, color: color)
  }

  /// The point at an angle, in degrees counterclockwise from the right, and a distance in columns.
  public static func point(_ center: Point, radius: Double, angle: Double) -> Point {
    Point(
      center.column + radius * cos(angle * .pi / 180),
      center.row - radius / 2 * sin(angle * .pi / 180))
  }

  /// A bracket along a row over columns `from` up to, not including, `to`, with its label in it. What
  /// it spans is above it, or below it if it opens down.
  public mutating func bracket(
    row: Int, from: Int, to: Int, _ label: String, opensDown: Bool = false
  ) {
    elements.append(
      .bracketBelow(row: row, from: from, to: to, label: label, opensDown: opensDown))
  }

  /// A bracket at the right of rows `from` up to, not including, `to`, with its label beside it.
  public mutating func bracket(column: Int, from: Int, to: Int, _ label: String) {
    elements.append(.bracketBeside(column: column, from: from, to: to, label: label))
  }

  /// Says below the drawing what a fill means.
  public mutating func key(_ fill: Fill, _ meaning: String) {
    keys.append(Key(fill: fill, meaning: meaning))
  }
}
