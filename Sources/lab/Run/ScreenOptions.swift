import ArgumentParser
import Foundation
import LessonKit
import TerminalImages

/// How a run is shown in the terminal.
struct ScreenOptions: ParsableArguments {
  @OptionGroup var output: OutputOptions

  @Flag(help: "Show only claims and the paths of files.")
  var quiet = false

  @OptionGroup var view: ViewOptions

  @Flag(help: "Never wait for a key.")
  var noInput = false

  var json: Bool { output.json }

  func validate() throws {
    if json || quiet, view.images != .auto, view.images != .none {
      throw ValidationError("--images draws figures on the page; leave out --json and --quiet.")
    }
    if json, view.large {
      throw ValidationError("--large is for the page in the terminal; leave out --json.")
    }
    if json || quiet, view.code {
      throw ValidationError("--code shows more of the page; leave out --json and --quiet.")
    }
    guard view.step else { return }
    if json || quiet {
      throw ValidationError("--step shows the page; leave out --json and --quiet.")
    }
    if noInput { throw ValidationError("--step waits for keys; leave out --no-input.") }
  }

  /// The protocol for figures. The terminal may be asked, so compute it once.
  var imageProtocol: ImageProtocol {
    if json || quiet { return .none }
    if noInput, view.images == .auto {
      let environment = ProcessInfo.processInfo.environment
      guard Terminal.standardOutput.isTerminal else { return .none }
      return .known(from: environment) ?? .fallback(for: environment)
    }
    return view.images.imageProtocol(on: .standardOutput)
  }

  /// The style of the page on standard output.
  var style: TerminalStyle { view.style(noColor: output.color.noColor) }

  /// The progress line on standard error.
  var progressLine: ProgressLine {
    let (terminal, isQuiet) = (Terminal.standardError, quiet)
    return ProgressLine(
      style: terminal.style(noColor: output.color.noColor), isAnimated: terminal.canAnimate
    ) { if !isQuiet { terminal.write($0) } }
  }

  var detail: LiveTerminal.Detail {
    if json { return .progressOnly }
    return quiet ? .quiet : .page(view.detail)
  }
}
