import ArgumentParser
import Foundation
import LessonKit

struct HintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hint",
    abstract: "A hint for an exercise; said again, the next one.",
    discussion: """
      Without a name: for the exercise that you are at.

      Example:
        lab hint online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String?

  @OptionGroup var options: WorkbookOptions

  func run() throws {
    do {
      let exercise = try options.one(name, of: try ExerciseCatalog.standard())
      let count = min(exercise.hints.count, options.book.progress(of: exercise).hintsSeen + 1)
      try options.book.change(exercise) { $0.hintsSeen = count }
      Terminal.standardOutput.write(options.page.hints(count, of: exercise))
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }
}

struct SolutionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solution",
    abstract: "One way to write an exercise: after it passed, or when you insist.",
    discussion: """
      Your file stays as it is.

      Example:
        lab solution online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String?

  @Flag(help: "Show it though yours has not passed; ask nothing.")
  var yes = false

  @Flag(help: "Never ask.")
  var noInput = false

  @OptionGroup var options: WorkbookOptions

  func run() throws {
    do {
      let (shelf, book) = (try ExerciseCatalog.standard(), options.book)
      let exercise = try options.one(name, of: shelf)
      let hasPassed = book.hasPassed(exercise)
      let question = Question(
        text: "'\(exercise.name)' has not passed yet. Show the solution all the same?",
        act: "the solution of an exercise that has not passed is shown")
      guard try hasPassed || question.isAffirmed(yes: yes, noInput: noInput) else { return }
      let text = try String(contentsOf: exercise.solutionFile, encoding: .utf8)
      if !hasPassed { try book.change(exercise) { $0.hasSeenSolution = true } }
      Terminal.standardOutput.write(options.page.code(text))
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }
}

struct ResetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset",
    abstract: "Give an exercise's file back as it was; yours is kept in Workbook/kept/.",
    discussion: """
      Example:
        lab reset online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String

  @Flag(help: "Ask nothing.")
  var yes = false

  @Flag(help: "Never ask.")
  var noInput = false

  @OptionGroup var options: WorkbookOptions

  func run() throws {
    do {
      let exercise = try options.one(name, of: try ExerciseCatalog.standard())
      let file = options.book.file(of: exercise).path
      let question = Question(
        text: "Give \(file) back as it was? Yours is kept beside it.", act: "a file is given back")
      guard try question.isAffirmed(yes: yes, noInput: noInput) else { return }
      let style = Terminal.standardOutput.style(noColor: options.noColor)
      if let copy = try options.book.reset(exercise) {
        Terminal.standardOutput.write("Kept:  \(style.path(copy.path))\n")
      }
      Terminal.standardOutput.write("Given: \(style.path(file))\n")
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }
}
