import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

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
    completion: .directory, transform: parsedPath)
  var output: String?

  var folder: URL { output.map { URL(fileURLWithPath: $0) } ?? LabFolder.runs }

  /// The folder, for a command that only reads it.
  /// - Throws: `RunsFolderMissing` if `--output` names no folder.
  func existingFolder() throws(RunsFolderMissing) -> URL {
    var isFolder: ObjCBool = false
    if let output {
      let exists = FileManager.default.fileExists(atPath: output, isDirectory: &isFolder)
      guard exists, isFolder.boolValue else { throw RunsFolderMissing(path: output) }
    }
    return folder
  }

  /// The runs of a lesson.
  func runs(of card: LessonCard) -> LessonRuns { LessonRuns(of: card.slug, in: folder) }
}

/// `--scale`, for every command that reads a run of one lesson.
struct RunChoice: ParsableArguments {
  @Option(help: "The scale of the run (default: of the finished runs, the largest).")
  var scale: Scale?
}

/// The folder of `--output` does not exist, or is a file.
struct RunsFolderMissing: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "There is no folder \(path). --output must name the folder of the runs. Leave it out to use "
      + ".lab/runs."
  }
}

/// The path of an option. An empty one, as from a variable of the shell that is not set, would mean
/// the current folder.
func parsedPath(_ text: String) throws -> String {
  guard !text.isEmpty else {
    throw ValidationError("A path cannot be empty. The current folder is '.'.")
  }
  return text
}

/// The words of an option for a command that `lab` suggests. A value with a hyphen at its start must
/// be in the same word.
func repeatedOption(_ name: String, _ value: String) -> [String] {
  value.hasPrefix("-") ? ["\(name)=\(value)"] : [name, value]
}

/// The number of threads of `--threads`.
func parsedThreads(_ text: String) throws -> Int {
  let limits = HostLimits.current
  guard let count = Int(text), (1...limits.threadCount).contains(count) else {
    let reason = limits.processors.limiter.map { "that lab may use (\($0))" } ?? "of this machine"
    throw ValidationError(
      "--threads must be a number from 1 to \(limits.threadCount), the processors \(reason), "
        + "not '\(text)'.")
  }
  return count
}
