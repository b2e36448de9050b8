import ArgumentParser
import Foundation
import LessonKit

struct HintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hint",
    abstract: "Show a hint for an exercise; each further call shows one more.",
    discussion: """
      Without a name: for the current exercise.

      Example:
        lab hint online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String?

  @OptionGroup var color: ColorOptions

  @OptionGroup var workbook: WorkbookOption

  func run() throws {
    let book = workbook.book
    let exercise = try workbook.exercise(named: name, in: try ExerciseCatalog.standard())
    // `change` below reports a damaged file and moves it aside.
    let seen = (try? book.progress(of: exercise))?.hintsSeen ?? 0
    let count = min(exercise.hints.count, seen + 1)
    // First the hint: it does not depend on a disk that can be written.
    Terminal.standardOutput.write(
      ExercisePage(color.style).hints(count, of: exercise, options: workbook.repeated))
    try saving("Which hints you have seen") { () throws(WorkbookError) in
      try book.change(exercise) { $0.hintsSeen = max($0.hintsSeen, count) }
    }
  }
}

struct SolutionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solution",
    abstract: "Show a solution of an exercise. lab asks first if yours has not passed.",
    discussion: """
      Your file is not changed.

      Example:
        lab solution online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String?

  @OptionGroup var confirmation: ConfirmationOptions

  @OptionGroup var color: ColorOptions

  @OptionGroup var workbook: WorkbookOption

  func run() throws {
    let book = workbook.book
    let exercise = try workbook.exercise(named: name, in: try ExerciseCatalog.standard())
    if !book.hasPassed(exercise) {
      let question = "'\(exercise.name)' as it is now has not passed. Show the solution anyway?"
      guard try confirmation.confirm(question) else { return }
    }
    let text = try String(contentsOf: exercise.solutionFile, encoding: .utf8)
    Terminal.standardOutput.write(ExercisePage(color.style).code(text))
    guard !book.hasPassed(exercise) else { return }
    try saving("That you have seen the solution") { () throws(WorkbookError) in
      try book.change(exercise) { $0.hasSeenSolution = true }
    }
  }
}

struct ResetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset",
    abstract: "Restore the original file of an exercise; yours is kept in Workbook/kept/.",
    discussion: """
      Example:
        lab reset online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String

  @OptionGroup var confirmation: ConfirmationOptions

  @OptionGroup var color: ColorOptions

  @OptionGroup var workbook: WorkbookOption

  func run() throws {
    let book = workbook.book
    let exercise = try workbook.exercise(named: name, in: try ExerciseCatalog.standard())
    let (file, style) = (book.file(of: exercise).path, color.style)
    if book.hasBegun(exercise) {
      let question = "Restore \(file)? A copy of yours is kept in kept/."
      guard try confirmation.confirm(question) else { return }
    }
    if let copy = try book.reset(exercise) {
      Terminal.standardOutput.write("Copy of yours: \(style.path(copy.path))\n")
    }
    Terminal.standardOutput.write("Restored:      \(style.path(file))\n")
    try saving("Which file you were given") { () throws(WorkbookError) in
      try book.storeGiven(exercise)
    }
  }
}

/// Stores progress after the command has printed its result.
/// - Throws: `ProgressNotSaved`.
private func saving(
  _ what: String, _ body: () throws(WorkbookError) -> Void
) throws(ProgressNotSaved) {
  do throws(WorkbookError) {
    try body()
  } catch {
    throw ProgressNotSaved(what: what, reason: error)
  }
}

/// Progress that could not be stored.
struct ProgressNotSaved: Error, CustomStringConvertible {
  let what: String
  let reason: WorkbookError

  var description: String { "\(what) is not saved: \(reason)" }
}
