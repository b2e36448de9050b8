import ArgumentParser
import Foundation
import LessonKit
import TerminalImages

/// How figures are drawn in the terminal.
enum ImageChoice: String, CaseIterable, ExpressibleByArgument {
  case auto, kitty, iterm, sixel, half, none
}

/// How a run looks at the terminal.
struct ScreenOptions: ParsableArguments {
  @Flag(help: "Print the run record in short as JSON, and nothing else, on standard output.")
  var json = false

  @Flag(help: "Show claims and files only.")
  var quiet = false

  @Flag(help: "No color.")
  var noColor = false

  @Flag(help: "Wait after each step: space on, b back, f figure, q leave.")
  var step = false

  @Flag(help: "Fewer columns, for a projector.")
  var large = false

  @Flag(help: "Never wait for a key.")
  var noInput = false

  @Option(help: "Pictures in the terminal; auto asks the terminal what it can draw.")
  var images: ImageChoice = .auto

  func validate() throws {
    guard step else { return }
    if json || quiet {
      throw ValidationError("--step shows the page; leave --json and --quiet out.")
    }
    if noInput { throw ValidationError("--step waits for keys and --no-input forbids it: choose.") }
    guard isatty(STDIN_FILENO) == 1, Terminal.standardOutput.isTerminal else {
      throw ValidationError("--step waits for keys, and there is no terminal to read them from.")
    }
  }

  /// The protocol for pictures; asked of the terminal once a run.
  var pictures: ImageProtocol {
    if json || quiet { return .none }
    if noInput, images == .auto {
      let environment = ProcessInfo.processInfo.environment
      guard Terminal.standardOutput.isTerminal else { return .none }
      return .known(from: environment) ?? .fallback(for: environment)
    }
    return images.method(on: .standardOutput)
  }

  private var detail: LiveTerminal.Detail {
    if json { return .progressOnly }
    return quiet ? .quiet : .page
  }

  /// What shows the run of one lesson, and how to clear its progress line.
  func screen(
    for folder: RunFolder, pictures: ImageProtocol, firstStep: Int?, expected: [String: Double],
    leave: @escaping () -> Void
  ) -> (observer: any RunObserver, live: LiveTerminal) {
    let (out, err) = (Terminal.standardOutput, Terminal.standardError)
    let isQuiet = quiet
    let line = ProgressLine(style: err.style(noColor: noColor), isAnimated: err.canAnimate) {
      if !isQuiet { err.write($0) }
    }
    var style = out.style(noColor: noColor)
    if large { style.width = min(style.width, 64) }
    let width = style.width
    var stepping: SteppingObserver?
    let live = LiveTerminal(
      style: style, detail: detail, progress: line, firstStep: firstStep, expected: expected,
      picture: { Self.drawn($0, in: folder, as: pictures, columns: width) },
      out: { text in
        out.write(text)
        stepping?.wrote(text)
      })
    guard step else { return (live, live) }
    let observer = SteppingObserver(live, .terminal(folder, leave: leave))
    stepping = observer
    return (observer, live)
  }

  private static func drawn(
    _ figure: FigureFile, in folder: RunFolder, as method: ImageProtocol, columns: Int
  ) -> String? {
    guard method != .none,
      let png = FileManager.default.contents(atPath: folder.file(figure.file).path)
    else { return nil }
    return PictureText.draw(png: png, as: method, columns: columns)
  }
}

extension SteppingObserver.Reader {
  /// Keys from standard input; figures in the reader's browser, or their paths.
  static func terminal(_ folder: RunFolder, leave: @escaping () -> Void) -> Self {
    Self(
      key: {
        RawInput.withKeys { input in
          while let byte = input.byte() {
            if let key = StepKey(byte) { return key }
          }
          return nil
        }
      },
      write: { Terminal.standardOutput.write($0) },
      openFigure: { figure in
        let file = folder.file(figure.file)
        if !Browser.open(file) { Terminal.standardOutput.write("\n  \(file.path)\n") }
      },
      leave: leave)
  }
}
