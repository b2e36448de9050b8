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
    let count = min(exercise.hints.count, book.progress(of: exercise).hintsSeen + 1)
    try book.change(exercise) { $0.hintsSeen = count }
    Terminal.standardOutput.write(ExercisePage(color.style).hints(count, of: exercise))
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
      let question = "'\(exercise.name)' has not passed yet. Show the solution anyway?"
      guard try confirmation.confirm(question) else { return }
    }
    let text = try String(contentsOf: exercise.solutionFile, encoding: .utf8)
    if !book.hasPassed(exercise) { try book.change(exercise) { $0.hasSeenSolution = true } }
    Terminal.standardOutput.write(ExercisePage(color.style).code(text))
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
    guard try confirmation.confirm("Restore \(file)? A copy of yours is kept in kept/.") else {
      return
    }
    if let copy = try book.reset(exercise) {
      Terminal.standardOutput.write("Copy of yours: \(style.path(copy.path))\n")
    }
    Terminal.standardOutput.write("Restored:      \(style.path(file))\n")
  }
}
