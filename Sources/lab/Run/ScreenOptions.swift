import ArgumentParser
import Foundation
import LessonKit
import TerminalImages

/// How a run is shown in the terminal.
struct ScreenOptions: ParsableArguments {
  @OptionGroup var output: OutputOptions

  @Flag(help: "Show only claims and the paths of files.")
  var quiet = false

  @Flag(help: "Wait for a key after each step: space next, b back, f figure, q quit.")
  var step = false

  @Flag(help: "Use at most 64 columns, for a projector.")
  var large = false

  @Flag(help: "Never wait for a key.")
  var noInput = false

  @Option(help: "How to draw figures in the terminal; auto asks the terminal.")
  var images: ImageChoice = .auto

  var json: Bool { output.json }

  func validate() throws {
    if json || quiet, images != .auto, images != .none {
      throw ValidationError("--images draws figures on the page; leave out --json and --quiet.")
    }
    if json, large {
      throw ValidationError("--large is for the page in the terminal; leave out --json.")
    }
    guard step else { return }
    if json || quiet {
      throw ValidationError("--step shows the page; leave out --json and --quiet.")
    }
    if noInput { throw ValidationError("--step waits for keys; leave out --no-input.") }
    guard isatty(STDIN_FILENO) == 1, Terminal.standardOutput.isTerminal else {
      throw ValidationError("--step waits for keys, and there is no terminal to read them from.")
    }
  }

  /// The protocol for figures. The terminal may be asked, so compute it once.
  var imageProtocol: ImageProtocol {
    if json || quiet { return .none }
    if noInput, images == .auto {
      let environment = ProcessInfo.processInfo.environment
      guard Terminal.standardOutput.isTerminal else { return .none }
      return .known(from: environment) ?? .fallback(for: environment)
    }
    return images.imageProtocol(on: .standardOutput)
  }

  /// The style of the page on standard output.
  var style: TerminalStyle {
    var style = output.style
    if large { style.width = min(style.width, 64) }
    return style
  }

  /// The progress line on standard error.
  var progressLine: ProgressLine {
    let (terminal, isQuiet) = (Terminal.standardError, quiet)
    return ProgressLine(
      style: terminal.style(noColor: output.color.noColor), isAnimated: terminal.canAnimate
    ) { if !isQuiet { terminal.write($0) } }
  }

  var detail: LiveTerminal.Detail {
    if json { return .progressOnly }
    return quiet ? .quiet : .page
  }
}
