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

  func validate() throws {
    if list, !names.isEmpty {
      throw ValidationError("--list lists all exercises; leave the names out.")
    }
  }

  func run() throws {
    let catalog = try ExerciseCatalog.standard()
    if list { return try ExerciseList(catalog, workbook.book).show(output) }
    let chosen =
      try names.isEmpty
      ? [workbook.exercise(named: nil, in: catalog)]
      : names.flatMap { try catalog.exercises(named: $0) }
    let session = try CheckSession(workbook, catalog, style: output.style)
    let interruption = session.exitOnInterrupt()
    defer { withExtendedLifetime(interruption) {} }
    try session.checkAll(chosen, output)
  }
}

/// Checks exercises and prints the results.
struct CheckSession {
  let book: Workbook
  /// `--workbook` for the commands that are suggested.
  private let option: String
  let catalog: ExerciseCatalog
  let style: TerminalStyle
  private let checker: ExerciseChecker

  /// - Throws: `CompilerMissing`.
  init(_ workbook: WorkbookOption, _ catalog: ExerciseCatalog, style: TerminalStyle) throws {
    guard let compiler = Program.find("swiftc") else { throw CompilerMissing() }
    book = workbook.book
    option = workbook.repeated
    self.catalog = catalog
    self.style = style
    checker = ExerciseChecker(compiler: compiler, catalog: catalog, scratch: LabFolder.exercises)
  }

  /// On Ctrl-C, stops all compilers and checks and ends the program at once.
  func exitOnInterrupt() -> Interruption {
    Interruption { [checker] in
      RunningPrograms.stopAll()
      checker.removeScratch()
      Terminal.standardError.write("\n")
      _exit(ExitStatus.interrupted.rawValue)
    }
  }

  /// Checks exercises one after the other, prints what `lab check` prints, and throws the exit
  /// status. The first trouble of the machine ends it, because the others would probably have it too.
  func checkAll(_ exercises: [Exercise], _ output: OutputOptions) throws {
    var outcomes: [(Exercise, Outcome)] = []
    for exercise in exercises {
      let outcome = check(exercise, isQuiet: output.json)
      outcomes.append((exercise, outcome))
      if case .trouble = outcome { break }
    }
    if output.json { try printJSON(outcomes) }
    if !output.json, exercises.count > 1 { printSummary(outcomes.map(\.1)) }
    if outcomes.contains(where: { $0.1.isError }) { throw ExitStatus.inputOutput }
    if outcomes.contains(where: { !$0.1.isPassed }) { throw ExitStatus.failure }
  }

  /// What became of a check.
  enum Outcome {
    /// `unsaved` is the reason why the progress could not be stored.
    case verdict(Verdict, unsaved: String?)
    /// The machine prevented it.
    case trouble(String)

    var verdict: Verdict? {
      if case .verdict(let verdict, _) = self { verdict } else { nil }
    }
    var isPassed: Bool { verdict?.isPassed == true }
    var isError: Bool {
      if case .verdict(_, unsaved: nil) = self { false } else { true }
    }
  }

  /// Checks an exercise and prints the result, and on standard error what went wrong besides.
  @discardableResult
  func check(_ exercise: Exercise, isQuiet: Bool = false) -> Outcome {
    do {
      let isNew = try book.begin(exercise)
      if !isQuiet { Terminal.standardError.write("checking \(exercise.name) …\n") }
      let (verdict, error) = try book.check(exercise, by: checker)
      if !isQuiet { show(verdict, exercise, isNew: isNew) }
      let unsaved = error.map { "The result of '\(exercise.name)' is not saved: \($0)" }
      if let unsaved { Terminal.standardError.writeMessage(unsaved) }
      return .verdict(verdict, unsaved: unsaved)
    } catch {
      let sentence = sentence(for: error)
      Terminal.standardError.writeMessage(sentence)
      return .trouble(sentence)
    }
  }

  private func show(_ verdict: Verdict, _ exercise: Exercise, isNew: Bool) {
    let (page, out) = (ExercisePage(style), Terminal.standardOutput)
    out.write(page.text(of: verdict, exercise))
    let file = book.file(of: exercise).path
    switch verdict {
    case .notAttempted:
      out.write(page.task(of: exercise, file: file))
      let first = isNew ? "lab has just written this file.\n" : ""
      out.write("\n\(first)Fill in the TODO, save, and check again:\n  lab check\(option)\n")
    case .passed:
      if let next = book.next(of: catalog) {
        out.write(
          "  lab solution \(exercise.name)\(option)   show a solution\n"
            + "  lab check \(next.name)\(option)   check the next exercise\n")
      } else {
        out.write("All exercises are done.\n")
      }
    default:
      out.write("  \(style.path(file))\n  lab hint \(exercise.name)\(option)\n")
    }
  }

  private func printSummary(_ outcomes: [Outcome]) {
    let verdicts = outcomes.compactMap(\.verdict)
    let passed = verdicts.filter(\.isPassed).count
    let untouched = verdicts.filter { $0 == .notAttempted }.count
    let end = verdicts.count < outcomes.count ? "; then the machine prevented a check" : ""
    Terminal.standardOutput.write(
      "\n✓ \(passed) passed, ✗ \(verdicts.count - passed - untouched) failed, "
        + "– \(untouched) not attempted\(end)\n")
  }

  private func printJSON(_ outcomes: [(Exercise, Outcome)]) throws {
    let entries = outcomes.map { CheckEntry($0, $1, file: book.file(of: $0).path) }
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

  init(_ exercise: Exercise, _ outcome: CheckSession.Outcome, file: String) {
    self.exercise = exercise.name
    self.file = file
    lesson = exercise.lessonNumber
    isPassed = outcome.isPassed
    result = outcome.verdict?.word ?? "not checked"
    var lines = outcome.verdict?.lines ?? []
    switch outcome {
    case .verdict(_, let unsaved): lines += unsaved.map { [("unsaved", $0)] } ?? []
    case .trouble(let sentence): lines.append(("trouble", sentence))
    }
    details = Dictionary(lines.map { ($0.title, $0.text) }) { $0 + "; " + $1 }
  }
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
      let progress = try? book.progress(of: exercise)
      return Entry(
        exercise: exercise.name, lesson: exercise.lessonNumber, title: exercise.title,
        state: state(of: exercise, progress), attempts: progress?.attempts ?? 0,
        hintsSeen: progress?.hintsSeen ?? 0)
    }
    try output.write(entries) { text(of: entries, $0) }
  }

  private func text(of entries: [Entry], _ style: TerminalStyle) -> String {
    let width = entries.map(\.exercise.terminalColumns).max() ?? 0
    return entries.map { entry in
      let name = entry.exercise.padded(toColumns: width)
      let sign = entry.state == "passed" ? style.ink("✓", .green) : "–"
      let number = "\(entry.lesson < 10 ? " " : "")\(entry.lesson)"
      return "\(number) \(sign) \(style.ink(name, .bold))  \(entry.state)\n     \(entry.title)\n"
    }.joined()
  }

  private func state(of exercise: Exercise, _ progress: ExerciseProgress?) -> String {
    guard book.hasBegun(exercise) else { return "not attempted" }
    guard let progress else {
      return "its progress cannot be read: \(book.progressFile(of: exercise).path)"
    }
    if book.hasPassed(exercise) { return "passed" }
    return progress.state == .passed ? "changed since it passed" : progress.state.rawValue
  }
}
