import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check an exercise: the expected result, yours, and the first difference.",
    discussion: """
      Without a name: the exercise that you saved last, or else the first that is not done. lab \
      puts the exercise's file into Workbook/, if it is not there yet, for you to edit. Exit code \
      1 unless all pass.

      Examples:
        lab check
        lab check online-softmax
        lab check 5             the exercises of lesson 5
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
    do {
      let interruption = session.exitOnInterrupt()
      defer { withExtendedLifetime(interruption) {} }
      try session.checkAll(chosen, output)
    }
    if chosen.count == 1, !output.json { try runLesson(with: chosen[0]) }
  }

  /// After a pass, asks at a terminal whether to run the lesson with the learner's function.
  private func runLesson(with exercise: Exercise) throws {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, let slug = exercise.callingLesson
    else { return }
    let card = try course.lesson(named: slug).card
    let time = Quantity.seconds.text(Double(card.standardSeconds))
    guard answersYes(to: "Run the lesson with it now, about \(time)?") else { return }
    var words = [slug, "--with", exercise.name]
    if let folder = workbook.workbook { words += repeatedOption("--workbook", folder) }
    let run = try RunCommand.parse(words)
    try run.run()
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
      TerminalKeys.endAll()
      RunningPrograms.stopAll()
      checker.removeScratch()
      Terminal.standardError.write("\n")
      _exit(ExitStatus.interrupted.rawValue)
    }
  }

  func removeScratch() { checker.removeScratch() }

  /// Checks exercises one after the other, prints what `lab check` prints, and throws the exit
  /// status. The first trouble of the machine ends it, because the others would probably have it
  /// too.
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
  enum Outcome: Sendable {
    /// `unsaved` is the reason why the progress could not be stored.
    case verdict(Verdict, printed: String, unsaved: String?)
    /// The machine prevented it.
    case trouble(String)

    var verdict: Verdict? {
      if case .verdict(let verdict, _, _) = self { verdict } else { nil }
    }
    var isPassed: Bool { verdict?.isPassed == true }
    var isError: Bool {
      if case .verdict(_, _, unsaved: nil) = self { false } else { true }
    }
  }

  /// Checks an exercise and prints the result, and on standard error what went wrong besides.
  @discardableResult
  func check(_ exercise: Exercise, isQuiet: Bool = false) -> Outcome {
    do {
      let isNew = try book.begin(exercise)
      if !isQuiet { Terminal.standardError.write("checking \(exercise.name) …\n") }
      let outcome = outcome(of: exercise)
      show(outcome, exercise, isNew: isNew, isQuiet: isQuiet)
      return outcome
    } catch {
      let outcome = Outcome.trouble(sentence(for: error))
      show(outcome, exercise)
      return outcome
    }
  }

  /// Checks an exercise that has a file, and prints nothing.
  func outcome(
    of exercise: Exercise, isCancelled: () -> Bool = { false }
  ) -> Outcome {
    do {
      let answer = try book.check(exercise, by: checker, isCancelled: isCancelled)
      return .verdict(
        answer.verdict, printed: answer.printed,
        unsaved: answer.unsaved.map { "The result of '\(exercise.name)' is not saved: \($0)" })
    } catch {
      return .trouble(sentence(for: error))
    }
  }

  /// Prints an outcome. `isNew` says that the learner's file was just created; `isWatching`, that
  /// a save checks again and that keys do what commands do otherwise.
  func show(
    _ outcome: Outcome, _ exercise: Exercise, isNew: Bool = false, isQuiet: Bool = false,
    isWatching: Bool = false
  ) {
    switch outcome {
    case .verdict(let verdict, let printed, let unsaved):
      if !isQuiet {
        show(verdict, exercise, isNew: isNew, printed: printed, isWatching: isWatching)
      }
      if let unsaved { Terminal.standardError.writeMessage(unsaved) }
    case .trouble(let sentence): Terminal.standardError.writeMessage(sentence)
    }
  }

  private func show(
    _ verdict: Verdict, _ exercise: Exercise, isNew: Bool, printed: String, isWatching: Bool
  ) {
    let (page, out) = (ExercisePage(style), Terminal.standardOutput)
    out.write(page.text(of: verdict, exercise, printed: printed))
    let file = book.file(of: exercise).path
    switch verdict {
    case .notAttempted:
      out.write(page.task(of: exercise, file: file))
      let first = isNew ? "lab has just written this file.\n" : ""
      out.write(
        isWatching
          ? "\n\(first)Fill in the TODO and save.\n"
          : "\n\(first)Fill in the TODO, save, and check again:\n  lab check\(option)\n")
    case .passed:
      var commands: [(String, String)] = []
      if !isWatching {
        commands.append(("lab solution \(exercise.name)\(option)", "show a solution"))
      }
      if let lesson = exercise.callingLesson {
        commands.append(
          (
            "lab run \(lesson) --with \(exercise.name)\(option)",
            "run the lesson with your function"
          ))
      }
      let next = book.next(of: catalog, after: exercise)
      if let next, !isWatching {
        commands.append(("lab check \(next.name)\(option)", "check the next exercise"))
      }
      out.write(text(of: commands))
      if exercise.callingLesson == nil {
        out.write("  No lesson calls this function; Exercises/README.md says why.\n")
      }
      if next == nil { out.write("All exercises are done.\n") }
    default:
      out.write("  \(style.path(file))\n")
      if !isWatching { out.write("  lab hint \(exercise.name)\(option)\n") }
    }
  }

  /// Commands and what they do, side by side if all lines fit.
  private func text(of commands: [(command: String, meaning: String)]) -> String {
    let width = commands.map(\.command.terminalColumns).max() ?? 0
    let fits = commands.allSatisfy { 5 + width + $0.meaning.terminalColumns <= style.width }
    return commands.map { command, meaning in
      fits
        ? "  \(command.padded(toColumns: width))   \(meaning)\n"
        : "  \(command)\n      \(meaning)\n"
    }.joined()
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
    case .verdict(_, let printed, let unsaved):
      if !printed.isEmpty { lines.append(("printed", printed)) }
      lines += unsaved.map { [("unsaved", $0)] } ?? []
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
    /// The name of the folder and of the learner's file, without its extension.
    var file: String
    /// The lesson that can call the learner's function; nil if none can.
    var runsInLesson: String?
    var lesson: Int
    var level: Int
    var title: String
    var state: String
    var attempts: Int
    var hintsSeen: Int
  }

  func show(_ output: OutputOptions) throws {
    try output.write(entries) { text(of: entries, $0) }
  }

  func text(_ style: TerminalStyle) -> String { text(of: entries, style) }

  private var entries: [Entry] {
    catalog.exercises.map { exercise in
      let progress = try? book.progress(of: exercise)
      return Entry(
        exercise: exercise.name, file: exercise.stem, runsInLesson: exercise.callingLesson,
        lesson: exercise.lessonNumber, level: exercise.level, title: exercise.title,
        state: state(of: exercise, progress),
        attempts: progress?.attempts ?? 0,
        hintsSeen: progress?.hintsSeen ?? 0)
    }
  }

  private func text(of entries: [Entry], _ style: TerminalStyle) -> String {
    let width = entries.map(\.exercise.terminalColumns).max() ?? 0
    let lines = entries.map { entry -> String in
      let number = "\(entry.lesson < 10 ? " " : "")\(entry.lesson)"
      let name = style.ink(entry.exercise.padded(toColumns: width), .bold)
      let level = String(repeating: "•", count: entry.level).padded(toColumns: 3)
      let (sign, note) = mark(entry.state, style)
      let room = max(10, style.width - width - 12)
      let title = note.map { "(\($0))" } ?? shortened(entry.title, toColumns: room)
      return "\(number) \(sign) \(name)  \(level)  \(title)\n"
    }
    let passed = entries.count { $0.state == "passed" }
    return lines.joined() + "\n"
      + style.paragraph(
        "\(passed) of \(entries.count) passed. ✓ passed, ✗ failed, – not attempted; • a few lines, "
          + "•• some thought, ••• an algorithm") + "\n"
  }

  private func shortened(_ title: String, toColumns columns: Int) -> String {
    title.terminalColumns <= columns ? title : title.prefix(columns: columns - 1) + "…"
  }

  /// The sign of a state, and the state in words if the sign does not say it.
  private func mark(_ state: String, _ style: TerminalStyle) -> (sign: String, note: String?) {
    switch state {
    case "passed": (style.ink("✓", .green), nil)
    case "failed": (style.ink("✗", .red), nil)
    case "not attempted": ("–", nil)
    default: ("!", state)
    }
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

extension Exercise {
  /// The lesson that can call the learner's function with `--with`; nil if none can.
  var callingLesson: String? {
    course.lessons.first { $0.runsWith.contains(name) }?.card.slug
  }
}
