import SystemSupport

/// A figure as a terminal shows it.
package enum DrawnFigure {
  /// Lines of letters or blocks.
  case lines([String])
  /// A code that draws a picture of this many rows.
  case code(String, rows: Int)
}

/// One screen of a part of the page, not higher than the terminal.
struct TerminalScreen {
  enum Row {
    case line(String)
    /// A picture, and the rows below it that it covers.
    case picture(String, rows: Int)
  }

  private(set) var rows: [Row] = []
  private(set) var height = 0

  var isEmpty: Bool { rows.isEmpty }

  mutating func add(_ row: Row) {
    // No screen begins with an empty line.
    if isEmpty, case .line("") = row { return }
    rows.append(row)
    height += row.height
  }

  /// Cuts blocks into screens of `height` rows. A block that fits on one screen is not cut.
  /// - Precondition: `height` is at least 1, and every line fits the width.
  static func screens(
    of blocks: [PartBlock], height: Int, draw: (FigureFile, _ rows: Int) -> DrawnFigure?
  ) -> [TerminalScreen] {
    var screens: [TerminalScreen] = []
    var screen = TerminalScreen()
    func finish() {
      if !screen.isEmpty { screens.append(screen) }
      screen = TerminalScreen()
    }
    for (index, block) in blocks.enumerated() {
      var rows: [Row]
      // A figure and its caption stay together.
      var following = 0
      switch block {
      case .lines(let lines): rows = lines.map(Row.line)
      case .figure(let figure):
        if index + 1 < blocks.count, case .lines(let caption) = blocks[index + 1] {
          following = min(caption.count, height / 4)
        }
        switch draw(figure, height - following - 1) {
        case .lines(let lines)?: rows = [.line("")] + lines.map(Row.line)
        case .code(let code, let count)?: rows = [.line(""), .picture(code, rows: count)]
        case nil: rows = []
        }
      }
      var needed = rows.reduce(0) { $0 + $1.height }
      // The empty line above a figure, if only that is too much.
      if case .line("")? = rows.first, screen.height + needed + following == height + 1 {
        rows.removeFirst()
        needed -= 1
      }
      if screen.height + needed + following > height, needed <= height { finish() }
      for row in rows {
        if screen.height + row.height > height { finish() }
        screen.add(row)
      }
    }
    finish()
    return screens.isEmpty ? [TerminalScreen()] : screens
  }
}

extension TerminalScreen.Row {
  fileprivate var height: Int {
    switch self {
    case .line: 1
    case .picture(_, let rows): rows
    }
  }
}
