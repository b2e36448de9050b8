import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

/// `--workbook`: the folder of the reader's files.
struct WorkbookOption: ParsableArguments {
  @Option(
    help: "Folder of your files (default: Workbook).", completion: .directory, transform: parsedPath
  )
  var workbook: String?

  var book: Workbook {
    Workbook(
      folder: workbook.map { URL(fileURLWithPath: $0) } ?? LabFolder.workbook,
      progressFolder: LabFolder.progress
    ) { Terminal.standardError.writeMessage($0) }
  }

  /// The option again, for a command that `lab` suggests; empty if it was not given.
  var repeated: String {
    workbook.map { " " + repeatedOption("--workbook", $0).shellCommand } ?? ""
  }

  /// The exercise with this name, or the current exercise if the name is nil.
  /// - Throws: `UnknownExercise`; `SeveralExercises` if several exercises match the name.
  func exercise(named name: String?, in catalog: ExerciseCatalog) throws -> Exercise {
    guard let name else {
      guard let current = book.current(of: catalog) ?? catalog.exercises.last else {
        throw CatalogMissing()
      }
      return current
    }
    let found = try catalog.exercises(named: name)
    guard let first = found.first, found.count == 1 else { throw SeveralExercises(found: found) }
    return first
  }
}

/// Exercises need the Swift compiler.
struct CompilerMissing: Error, CustomStringConvertible {
  let description =
    "'swiftc' is not on the PATH, and an exercise must be compiled. Install the toolchain from "
    + "https://www.swift.org/install, or add its folder to PATH."
}

/// The name matches several exercises, but the command needs one.
struct SeveralExercises: UsageError {
  let found: [Exercise]

  var description: String {
    "This name matches \(found.count) exercises. Name one of them: "
      + found.map(\.name).joined(separator: ", ") + "."
  }
}

/// `--yes` and `--no-input`, for commands that ask before they act.
struct ConfirmationOptions: ParsableArguments {
  @Flag(help: "Do not ask; the answer is yes.")
  var yes = false

  @Flag(help: "Never ask; without --yes, fail instead.")
  var noInput = false

  /// Asks a yes-or-no question at the terminal. An empty line means no.
  /// - Throws: `ConfirmationNeeded` if there is no terminal, or with `--no-input`.
  func confirm(_ question: String) throws -> Bool {
    if yes { return true }
    guard !noInput, isatty(STDIN_FILENO) == 1 else { throw ConfirmationNeeded(question: question) }
    return answersYes(to: question)
  }
}

/// Asks a yes-or-no question at the terminal. An empty line means no.
func answersYes(to question: String) -> Bool {
  Terminal.standardError.write("\(question.terminalLine) [y/N] ")
  // `readLine` takes an input that does not block for its end.
  var watched = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
  while poll(&watched, 1, -1) < 0, errno == EINTR {}
  let answer = readLine(strippingNewline: true)?.lowercased() ?? ""
  return answer == "y" || answer == "yes"
}

/// A question that cannot be asked.
struct ConfirmationNeeded: UsageError {
  let question: String

  var description: String {
    "\(question) lab cannot ask, because there is no terminal or --no-input was given. Add --yes to "
      + "confirm."
  }
}

/// The names of the exercises, for shell completion; empty if the exercises are not found.
var exerciseNames: [String] {
  ((try? ExerciseCatalog.standard())?.exercises ?? []).map(\.name)
}
