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

extension RunsFolderOption {
  /// The run of a lesson with its figures. It is read again if a new run replaced them meanwhile.
  /// - Throws: `PageMissing`, or the error of a record that cannot be read.
  func run(
    of card: LessonCard, _ choice: RunChoice
  ) throws -> (record: RunRecord, figures: RecordFigures, folder: RunFolder) {
    let runs = runs(of: card)
    guard runs.shown(at: choice.scale).hasRecord else {
      throw PageMissing(slug: card.slug, scale: choice.scale, runs: output)
    }
    return try runs.reading(at: choice.scale) { ($0, RecordFigures(of: $0, in: $1), $1) }
  }
}

/// `--scale`, for every command that reads a run of one lesson.
struct RunChoice: ParsableArguments {
  @Option(help: "The scale of the run (default: of the finished runs, the largest).")
  var scale: Scale?
}

extension NextCommands {
  /// What to suggest after a run in this folder. `next` is the lesson after it.
  init(after record: RunRecord, in folder: RunFolder, next: LessonCard?) {
    self.init(
      run: Self.words(finding: record, in: folder), next: next.map { "lab run \($0.slug)" })
  }

  /// Name, scale and folder of runs, as far as they are needed; nil if other words would find another
  /// run, because this one has failed and an earlier one is kept.
  private static func words(finding record: RunRecord, in folder: RunFolder) -> String? {
    let (slug, runs) = (record.lesson.slug, folder.url.deletingLastPathComponent().path)
    let all = LessonRuns(of: slug, in: URL(fileURLWithPath: runs))
    var words = [slug]
    if all.shown().url.path != folder.url.path {
      let scale = record.facts.scale
      guard all.shown(at: scale).url.path == folder.url.path else { return nil }
      words += ["--scale", scale.rawValue]
    }
    if runs != LabFolder.runs.path {
      let here = FileManager.default.currentDirectoryPath + "/"
      words += repeatedOption(
        "--output", runs.hasPrefix(here) ? String(runs.dropFirst(here.count)) : runs)
    }
    return words.shellCommand
  }
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
