import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check an exercise: the expected result, yours, and the first difference.",
    discussion: """
      Without a name: the exercise that you saved last, or else the first that is not done. lab puts \
      the exercise's file into Workbook/, if it is not there yet, for you to edit. Exit code 1 \
      unless all pass.

      Examples:
        lab check
        lab check online-softmax
        lab check 5             both exercises of lesson 5
        lab check --list        list all exercises
      """)

  @Argument(
    help: "Names of exercises, numbers of lessons, or 'all'.",
    completion: .custom { _, _, _ in exerciseNames + ["all"] })
  var names: [String] = []

  @Flag(help: "List the exercises and their states, without checking them.")
  var list = false

  @OptionGroup var output: OutputOptions

  @OptionGroup var workbook: WorkbookOption

  func run() throws {
    let catalog = try ExerciseCatalog.standard()
    if list { return try ExerciseList(catalog, workbook.book).show(output) }
    let chosen =
      try names.isEmpty
      ? [workbook.exercise(named: nil, in: catalog)]
      : names.flatMap { try catalog.exercises(named: $0) }
    let session = try CheckSession(workbook.book, catalog, style: output.style)
    let interruption = session.exitOnInterrupt()
    defer { withExtendedLifetime(interruption) {} }
    let verdicts = try chosen.map { exercise in
      (exercise, try session.check(exercise, isQuiet: output.json))
    }
    if output.json { try session.printJSON(verdicts) }
    if !output.json, chosen.count > 1 { session.printSummary(verdicts.map { $0.1 }) }
    if verdicts.contains(where: { !$0.1.isPassed }) { throw ExitStatus.failure }
  }
}

/// Checks exercises and prints the results.
struct CheckSession {
  let book: Workbook
  let catalog: ExerciseCatalog
  let style: TerminalStyle
  private let checker: ExerciseChecker

  /// - Throws: `CompilerMissing`.
  init(_ book: Workbook, _ catalog: ExerciseCatalog, style: TerminalStyle) throws {
    guard let compiler = Program.find("swiftc") else { throw CompilerMissing() }
    self.book = book
    self.catalog = catalog
    self.style = style
    checker = ExerciseChecker(compiler: compiler, catalog: catalog, scratch: LabFolder.exercises)
  }

  /// On Ctrl-C, stops all compilers and checks and ends the program at once.
  func exitOnInterrupt() -> Interruption {
    Interruption {
      RunningPrograms.stopAll()
      Terminal.standardError.write("\n")
      _exit(ExitStatus.interrupted.rawValue)
    }
  }

  func check(_ exercise: Exercise, isQuiet: Bool = false) throws -> Verdict {
    let (page, out) = (ExercisePage(style), Terminal.standardOutput)
    let isNew = try book.begin(exercise)
    if !isQuiet { Terminal.standardError.write("checking \(exercise.name) …\n") }
    let verdict = try book.check(exercise, by: checker)
    guard !isQuiet else { return verdict }
    out.write(page.text(of: verdict, exercise))
    let file = book.file(of: exercise).path
    switch verdict {
    case .notAttempted:
      out.write(page.task(of: exercise, file: file))
      let first = isNew ? "lab has just written this file.\n" : ""
      out.write("\n\(first)Fill in the TODO, save, and run 'lab check' again.\n")
    case .passed:
      if let next = book.next(of: catalog) {
        out.write(
          "  lab solution \(exercise.name)   show a solution\n"
            + "  lab check \(next.name)   check the next exercise\n")
      } else {
        out.write("All exercises are done.\n")
      }
    default:
      out.write("  \(style.path(file))\n  lab hint \(exercise.name)\n")
    }
    return verdict
  }

  func printSummary(_ verdicts: [Verdict]) {
    let passed = verdicts.filter(\.isPassed).count
    let untouched = verdicts.filter { $0 == .notAttempted }.count
    Terminal.standardOutput.write(
      "\n✓ \(passed) passed, ✗ \(verdicts.count - passed - untouched) failed, "
        + "– \(untouched) not attempted\n")
  }

  func printJSON(_ verdicts: [(Exercise, Verdict)]) throws {
    let entries = verdicts.map {
      CheckEntry(
        exercise: $0.name, lesson: $0.lessonNumber, result: $1.word, isPassed: $1.isPassed,
        details: Dictionary($1.lines.map { ($0.title, $0.text) }) { $0 + "; " + $1 },
        file: book.file(of: $0).path)
    }
    Terminal.standardOutput.write(try entries.printedJSON() + "\n")
  }
}

/// The result of one exercise, as JSON.
private struct CheckEntry: Encodable {
  var exercise: String
  var lesson: Int
  var result: String
  var isPassed: Bool
  var details: [String: String]
  var file: String
}

/// A list of all exercises and their states.
struct ExerciseList {
  let catalog: ExerciseCatalog
  let book: Workbook

  init(_ catalog: ExerciseCatalog, _ book: Workbook) {
    self.catalog = catalog
    self.book = book
  }

  private struct Entry: Encodable {
    var exercise: String
    var lesson: Int
    var title: String
    var state: String
    var attempts: Int
    var hintsSeen: Int
  }

  func show(_ output: OutputOptions) throws {
    let entries = catalog.exercises.map { exercise in
      let progress = book.progress(of: exercise)
      return Entry(
        exercise: exercise.name, lesson: exercise.lessonNumber, title: exercise.title,
        state: state(of: exercise, progress), attempts: progress.attempts,
        hintsSeen: progress.hintsSeen)
    }
    try output.write(entries) { text(of: entries, $0) }
  }

  private func text(of entries: [Entry], _ style: TerminalStyle) -> String {
    let width = entries.map(\.exercise.count).max() ?? 0
    return entries.map { entry in
      let name = entry.exercise + String(repeating: " ", count: width - entry.exercise.count)
      let sign = entry.state == "passed" ? style.ink("✓", .green) : "–"
      let number = "\(entry.lesson < 10 ? " " : "")\(entry.lesson)"
      return "\(number) \(sign) \(style.ink(name, .bold))  \(entry.state)\n     \(entry.title)\n"
    }.joined()
  }

  private func state(of exercise: Exercise, _ progress: ExerciseProgress) -> String {
    guard book.hasBegun(exercise) else { return "not attempted" }
    if book.hasPassed(exercise) { return "passed" }
    return progress.state == .passed ? "changed since it passed" : progress.state.rawValue
  }
}
