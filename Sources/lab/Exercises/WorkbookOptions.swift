import ArgumentParser
import Foundation
import LessonKit

/// Where the learner's files are, and how answers look.
struct WorkbookOptions: ParsableArguments {
  @Option(help: "Where your files are (default: Workbook).", completion: .directory)
  var workbook: String?

  @Flag(help: "No color.")
  var noColor = false

  var book: Workbook {
    Workbook(
      folder: workbook.map { URL(fileURLWithPath: $0) } ?? RunsFolder.workbook,
      progressFolder: RunsFolder.progress)
  }

  var page: ExercisePage { ExercisePage(Terminal.standardOutput.style(noColor: noColor)) }

  /// The compiler that came with the toolchain.
  func examiner(_ shelf: ExerciseCatalog) throws -> Examiner {
    guard let compiler = Programs.find("swiftc") else { throw CompilerMissing() }
    return Examiner(compiler: compiler, shelf: shelf, scratch: RunsFolder.exercises)
  }

  /// The one exercise that a name means, or without one, where the learner is.
  func one(_ name: String?, of shelf: ExerciseCatalog) throws -> Exercise {
    guard let name else {
      guard let current = book.current(of: shelf) ?? shelf.exercises.last else {
        throw CatalogMissing()
      }
      return current
    }
    let found = try shelf.exercises(named: name)
    guard let first = found.first, found.count == 1 else { throw SeveralExercises(found: found) }
    return first
  }
}

/// Exercises need the Swift compiler.
struct CompilerMissing: Error, CustomStringConvertible {
  let description =
    "There is no 'swiftc' on the path, and an exercise must be compiled. Install the toolchain "
    + "from https://www.swift.org/install, or add its folder to PATH."
}

/// A name that means more than one exercise where one is needed.
struct SeveralExercises: Error, CustomStringConvertible {
  let found: [Exercise]

  var description: String {
    "That means \(found.count) exercises; name one: "
      + found.map(\.name).joined(separator: ", ") + "."
  }
}

/// A question that cannot be asked, since there is nobody to answer.
struct NobodyToAsk: Error, CustomStringConvertible {
  let act: String

  var description: String {
    "There is no terminal to ask at before \(act). Say --yes if you mean it."
  }
}

/// Asks yes or no; no is the answer of an empty line.
struct Question {
  let text: String
  let act: String

  func isAffirmed(yes: Bool, noInput: Bool) throws -> Bool {
    if yes { return true }
    guard !noInput, isatty(STDIN_FILENO) == 1 else { throw NobodyToAsk(act: act) }
    Terminal.standardError.write("\(text) [y/N] ")
    let answer = readLine(strippingNewline: true)?.lowercased() ?? ""
    return answer == "y" || answer == "yes"
  }
}

/// Names of exercises for completion; empty where they are not at hand.
var exerciseNames: [String] {
  ((try? ExerciseCatalog.standard())?.exercises ?? []).map(\.name)
}
