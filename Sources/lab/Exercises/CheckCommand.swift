import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check an exercise: what was expected, what came, where they first differ.",
    discussion: """
      Without a name: the file that you saved last, or else the first that is not done. A file that
      is not there yet is put into Workbook/ for you to edit. Exit code 1 unless all passed.

      Examples:
        lab check
        lab check online-softmax
        lab check 5             both of lesson 5
        lab check --list        all exercises, and which are done
      """)

  @Argument(
    help: "Names of exercises, numbers of lessons, or 'all'.",
    completion: .custom { _, _, _ in exerciseNames + ["all"] })
  var names: [String] = []

  @Flag(help: "List the exercises; check none.")
  var list = false

  @Flag(help: "Print the results as JSON, and nothing else, on standard output.")
  var json = false

  @OptionGroup var options: WorkbookOptions

  func run() throws {
    do {
      let shelf = try ExerciseCatalog.standard()
      if list { return try ExerciseList(shelf, options.book).show(json: json, options) }
      let chosen =
        try names.isEmpty
        ? [options.one(nil, of: shelf)] : names.flatMap { try shelf.exercises(named: $0) }
      let session = CheckSession(options, try options.examiner(shelf), shelf)
      let interruption = session.watchForLeaving()
      defer { withExtendedLifetime(interruption) {} }
      let verdicts = try chosen.map { exercise in
        (exercise, try session.check(exercise, isQuiet: json))
      }
      if json { try session.printJSON(verdicts) }
      if !json, chosen.count > 1 { session.tally(verdicts.map { $0.1 }) }
      if verdicts.contains(where: { !$0.1.isPassed }) {
        throw ExitCode(ExitStatus.claimFails.rawValue)
      }
    } catch let code as ExitCode {
      throw code
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }
}

/// Checks exercises and shows what came of them.
struct CheckSession {
  let options: WorkbookOptions
  let examiner: Examiner
  let shelf: ExerciseCatalog

  init(_ options: WorkbookOptions, _ examiner: Examiner, _ shelf: ExerciseCatalog) {
    self.options = options
    self.examiner = examiner
    self.shelf = shelf
  }

  /// Ctrl-C leaves at once and leaves no program behind.
  func watchForLeaving() -> Interruption {
    Interruption {
      RunningPrograms.stopAll()
      Terminal.standardError.write("\n")
      _exit(ExitStatus.interrupted.rawValue)
    }
  }

  func check(_ exercise: Exercise, isQuiet: Bool = false) throws -> Verdict {
    let (book, out) = (options.book, Terminal.standardOutput)
    let isNew = try book.begin(exercise)
    if !isQuiet { Terminal.standardError.write("checking \(exercise.name) …\n") }
    let verdict = try book.check(exercise, by: examiner)
    guard !isQuiet else { return verdict }
    out.write(options.page.text(of: verdict, exercise))
    let file = book.file(of: exercise).path
    switch verdict {
    case .notAttempted:
      out.write(options.page.task(of: exercise, file: file))
      let first = isNew ? "The file was put there just now.\n" : ""
      out.write("\n\(first)Fill in the TODO, save, and say 'lab check' again.\n")
    case .passed:
      if let next = book.next(of: shelf) {
        out.write(
          "  lab solution \(exercise.name)   one way to write it\n"
            + "  lab check \(next.name)   the next\n")
      } else {
        out.write("All exercises are done.\n")
      }
    default:
      let style = out.style(noColor: options.noColor)
      out.write("  \(style.path(file))\n  lab hint \(exercise.name)\n")
    }
    return verdict
  }

  func tally(_ verdicts: [Verdict]) {
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
        file: options.book.file(of: $0).path)
    }
    Terminal.standardOutput.write(try entries.printedJSON() + "\n")
  }
}

/// One exercise for programs.
private struct CheckEntry: Encodable {
  var exercise: String
  var lesson: Int
  var result: String
  var isPassed: Bool
  var details: [String: String]
  var file: String
}

/// All exercises and which are done.
struct ExerciseList {
  let shelf: ExerciseCatalog
  let book: Workbook

  init(_ shelf: ExerciseCatalog, _ book: Workbook) {
    self.shelf = shelf
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

  func show(json: Bool, _ options: WorkbookOptions) throws {
    let entries = shelf.exercises.map { exercise in
      let progress = book.progress(of: exercise)
      return Entry(
        exercise: exercise.name, lesson: exercise.lessonNumber, title: exercise.title,
        state: state(of: exercise, progress), attempts: progress.attempts,
        hintsSeen: progress.hintsSeen)
    }
    if json { return Terminal.standardOutput.write(try entries.printedJSON() + "\n") }
    let style = Terminal.standardOutput.style(noColor: options.noColor)
    let width = entries.map(\.exercise.count).max() ?? 0
    for entry in entries {
      let name = entry.exercise + String(repeating: " ", count: width - entry.exercise.count)
      let sign = entry.state == "passed" ? style.ink("✓", .green) : "–"
      let number = "\(entry.lesson < 10 ? " " : "")\(entry.lesson)"
      Terminal.standardOutput.write(
        "\(number) \(sign) \(style.ink(name, .bold))  \(entry.state)\n     \(entry.title)\n")
    }
  }

  private func state(of exercise: Exercise, _ progress: ExerciseProgress) -> String {
    guard book.hasBegun(exercise) else { return "not attempted" }
    if book.hasPassed(exercise) { return "passed" }
    return progress.state == .passed ? "changed since it passed" : progress.state.rawValue
  }
}
