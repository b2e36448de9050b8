import ArgumentParser
import Foundation
import LessonKit

/// `--no-color`, for every command that prints text.
struct ColorOptions: ParsableArguments {
  @Flag(help: "Do not use color.")
  var noColor = false

  /// The style of standard output.
  var style: TerminalStyle { Terminal.standardOutput.style(noColor: noColor) }
}

/// `--json` and `--no-color`, for every command that can print its result as JSON.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON, and nothing else, on standard output.")
  var json = false

  @OptionGroup var color: ColorOptions

  var style: TerminalStyle { color.style }

  /// Prints a value: as JSON with `--json`, otherwise as text.
  func write(_ value: some Encodable, text: (TerminalStyle) -> String) throws {
    Terminal.standardOutput.write(json ? try value.printedJSON() + "\n" : text(style))
  }
}

/// `--output`, for every command that reads or writes runs.
struct RunsFolderOption: ParsableArguments {
  @Option(
    help: "Folder of the runs, with one folder per lesson (default: .lab/runs).",
    completion: .directory)
  var output: String?

  var folder: URL { output.map { URL(fileURLWithPath: $0) } ?? LabFolder.runs }

  /// The folder of the last run of a lesson.
  func folder(of card: LessonCard) -> RunFolder {
    RunFolder(folder.appendingPathComponent(card.slug))
  }
}

/// The number of threads of `--threads`.
func parsedThreads(_ text: String) throws -> Int {
  let most = ProcessInfo.processInfo.activeProcessorCount
  guard let count = Int(text), (1...most).contains(count) else {
    throw ValidationError(
      "--threads must be a number from 1 to \(most), the processors of this machine, "
        + "not '\(text)'.")
  }
  return count
}
