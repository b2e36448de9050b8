import ArgumentParser
import Foundation
import LessonKit
import SystemSupport
import TerminalImages

/// How a page is shown in the terminal: for `run` and `show`.
struct ViewOptions: ParsableArguments {
  @Flag(
    help: """
      Use the whole terminal, screen by screen: space next, b back, v code, f figure, ? all keys.
      """)
  var step = false

  @Flag(help: "Also show code, formulas, all prose and long tables.")
  var code = false

  @Flag(help: "Use at most 64 columns, for a projector.")
  var large = false

  @Option(help: "How to draw figures in the terminal; auto asks the terminal.")
  var images: ImageChoice = .auto

  func validate() throws {
    guard step else { return }
    if code { throw ValidationError("With --step, the key v shows the code; leave out --code.") }
    guard isatty(STDIN_FILENO) == 1, Terminal.standardOutput.isTerminal else {
      throw ValidationError("--step waits for keys, and there is no terminal to read them from.")
    }
  }

  var detail: PageDetail { code ? .long : .short }

  /// The style of the page on standard output.
  func style(noColor: Bool) -> TerminalStyle {
    var style = Terminal.standardOutput.style(noColor: noColor)
    if large { style.width = min(style.width, 64) }
    return style
  }
}

/// Draws the figures of a run in the terminal.
struct FigurePainter {
  let imageProtocol: ImageProtocol
  /// Whether letters are used where the terminal shows no real pictures.
  let prefersLetters: Bool
  let folder: RunFolder

  /// `imageProtocol` is the one that `choice` found.
  init(_ choice: ImageChoice, _ imageProtocol: ImageProtocol, in folder: RunFolder) {
    self.imageProtocol = imageProtocol
    prefersLetters = choice == .auto && [.half, .none].contains(imageProtocol)
    self.folder = folder
  }

  /// The figure for this many columns and rows; nil if it cannot be drawn.
  func draw(_ figure: FigureFile, columns: Int, rows: Int) -> DrawnFigure? {
    if prefersLetters, let text = figure.text {
      return .lines(
        text.terminalLines.split(separator: "\n", omittingEmptySubsequences: false)
          .map { ("  " + $0).prefix(columns: columns) })
    }
    guard imageProtocol != .none, rows > 0, let png = try? folder.picture(figure.file),
      let drawn = PictureText.draw(png: png, as: imageProtocol, columns: columns, rows: rows)
    else { return nil }
    if imageProtocol == .half {
      return .lines(drawn.split(separator: "\n").map(String.init))
    }
    let count = PictureText.rows(
      ofWidth: figure.pixelWidth, height: figure.pixelHeight, columns: columns, rows: rows)
    return .code(drawn, rows: count)
  }
}
