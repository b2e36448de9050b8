import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Check an exercise each time you save it, and go on to the next one after a pass.",
    discussion: """
      Without a name: begins with the current exercise, and checks any file in Workbook/ that you \
      save. A save during a check starts it again. Keys: h hint, n next exercise, r run again, \
      l list, s solution after a pass, q quit.

      Example:
        lab watch online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String?

  @OptionGroup var color: ColorOptions

  @OptionGroup var workbook: WorkbookOption

  func run() throws {
    let catalog = try ExerciseCatalog.standard()
    let session = try CheckSession(workbook, catalog, style: color.style)
    let interruption = session.exitOnInterrupt()
    defer { withExtendedLifetime(interruption) {} }
    let first = try workbook.exercise(named: name, in: catalog)
    var watch = Watch(
      session, color.style, options: workbook.repeated, first: first,
      isOfOne: name != nil)
    watch.run()
  }
}

/// The loop of `lab watch`: it reads the learner's files and the keys, and checks in the background.
private struct Watch {
  private let session: CheckSession
  private let style: TerminalStyle
  /// For the commands that are suggested.
  private let options: String
  private let keys = TerminalKeys()
  private var exercise: Exercise
  /// Whether other files than that of the exercise are left alone.
  private let isOfOne: Bool
  /// The exercise that passed last since `lab watch` began.
  private var lastPassed: Exercise?
  /// The text of each file when it was last looked at.
  private var known: [String: String] = [:]

  init(
    _ session: CheckSession, _ style: TerminalStyle, options: String, first: Exercise, isOfOne: Bool
  ) {
    (self.session, self.style, self.options) = (session, style, options)
    (exercise, self.isOfOne) = (first, isOfOne)
    for one in session.catalog.exercises { known[one.stem] = contents(one) }
  }

  /// Until a key or a signal ends it.
  mutating func run() {
    tell(style.paragraph("Watching \(session.book.folder.path.terminalLine). Ctrl-C quits."))
    check()
    while true {
      if let saved = savedExercise() {
        exercise = saved
        clear()
        tell("\n── \(saved.name) saved ──")
        check()
      } else if let key = nextKey() {
        act(on: key)
      }
    }
  }

  /// Checks the exercise, and again from the start if its file is saved meanwhile.
  private mutating func check() {
    do {
      var isNew = try session.book.begin(exercise)
      known[exercise.stem] = contents(exercise)
      while true {
        tell("checking \(exercise.name) …")
        if let outcome = finished(BackgroundCheck(exercise, session)) {
          return show(outcome, isNew: isNew)
        }
        // Saved meanwhile: that file is checked, from the start.
        isNew = false
      }
    } catch {
      session.show(.trouble(sentence(for: error)), exercise)
      showKeys()
    }
  }

  /// The outcome; nil if the file was saved meanwhile.
  private mutating func finished(_ check: BackgroundCheck) -> CheckSession.Outcome? {
    while true {
      if let outcome = check.outcome { return outcome }
      if let saved = savedExercise() {
        check.cancel()
        exercise = saved
        tell("\n── \(saved.name) saved ──")
        return nil
      }
      if nextKey() == UInt8(ascii: "q") {
        check.cancel()
        quit()
      }
    }
  }

  /// Shows an outcome. After a pass the next exercise follows.
  private mutating func show(_ outcome: CheckSession.Outcome, isNew: Bool) {
    session.show(outcome, exercise, isNew: isNew, isWatching: true)
    if outcome.isPassed {
      lastPassed = exercise
      if let next = nextExercise { go(to: next) }
    }
    showKeys()
  }

  /// The next exercise that has not passed, after the current one.
  private var nextExercise: Exercise? {
    session.book.next(of: session.catalog, after: exercise)
  }

  /// The exercise whose solution may be seen: the current one, or the last one that passed, until
  /// its file is changed.
  private var solved: Exercise? {
    [exercise, lastPassed].compactMap { $0 }.first(where: session.book.hasPassed)
  }

  /// Shows the task of another exercise, and creates its file.
  private mutating func go(to next: Exercise) {
    exercise = next
    do throws(WorkbookError) {
      try session.book.begin(next)
    } catch {
      Terminal.standardError.writeMessage("\(error)")
      return
    }
    known[next.stem] = contents(next)
    Terminal.standardOutput.write(
      ExercisePage(style).task(of: next, file: session.book.file(of: next).path))
  }

  // MARK: - Keys

  private func nextKey() -> UInt8? {
    guard let keys else {
      Thread.sleep(forTimeInterval: 0.1)
      return nil
    }
    guard case .key(let byte) = keys.next(within: 0.1) else { return nil }
    return byte
  }

  private mutating func act(on key: UInt8) {
    let out = Terminal.standardOutput
    switch Character(UnicodeScalar(key)).lowercased() {
    case "q": quit()
    case "r":
      clear()
      return check()
    case "h":
      let seen = (try? session.book.progress(of: exercise))?.hintsSeen ?? 0
      let count = min(exercise.hints.count, seen + 1)
      out.write("\n" + ExercisePage(style).hints(count, of: exercise, options: options, key: "h"))
      store { $0.hintsSeen = max($0.hintsSeen, count) }
    case "n":
      if let next = nextExercise {
        clear()
        go(to: next)
      } else {
        out.write("\nAll other exercises are done.\n")
      }
    case "l": out.write("\n" + ExerciseList(session.catalog, session.book).text(style))
    case "s":
      if let solved, let text = try? session.book.read(solved.solutionFile) {
        out.write("\nA solution of \(solved.name):\n" + ExercisePage(style).code(text))
      } else {
        let command = "lab solution \(exercise.name)\(options)"
        out.write(
          "\n"
            + style.paragraph("The solution is shown after a pass. '\(command)' shows it before.")
            + "\n")
      }
    default: return
    }
    showKeys()
  }

  private func quit() -> Never {
    TerminalKeys.endAll()
    session.removeScratch()
    exit(ExitStatus.success.rawValue)
  }

  private func store(_ change: (inout ExerciseProgress) -> Void) {
    do throws(WorkbookError) {
      try session.book.change(exercise, change)
    } catch {
      Terminal.standardError.writeMessage("\(error)")
    }
  }

  private func showKeys() {
    guard keys != nil else { return }
    let name = solved.map { $0 == exercise ? "" : " of \($0.name)" }
    let actions = [
      "h hint", "n next", "r run again", "l list", name.map { "s solution" + $0 }, "q quit",
    ]
    // Broken between the keys only.
    let words = ["\(exercise.name):"] + actions.compactMap { $0 }.map { $0 + " " }
    let lines = wrapped(words, width: style.width, indent: "  ", first: "").split(separator: "\n")
    tell("\n" + lines.map { style.ink(String($0), .faint) }.joined(separator: "\n"))
  }

  private func clear() {
    guard keys != nil, Terminal.standardOutput.canAnimate else { return }
    Terminal.standardOutput.writeCodes("\u{1B}[H\u{1B}[2J")
  }

  private func tell(_ text: String) { Terminal.standardError.write(text + "\n") }

  // MARK: - Files

  /// An exercise whose file has changed since it was last looked at. Some editors save to another
  /// file and rename it. The file is then missing for a moment; that does not count as a change.
  private mutating func savedExercise() -> Exercise? {
    for one in isOfOne ? [exercise] : session.catalog.exercises {
      guard let now = contents(one), now != known[one.stem] else { continue }
      known[one.stem] = now
      return one
    }
    return nil
  }

  private func contents(_ exercise: Exercise) -> String? {
    try? session.book.read(session.book.file(of: exercise))
  }
}

/// A check on a thread of its own.
private final class BackgroundCheck: @unchecked Sendable {
  private let lock = NSLock()
  private var found: CheckSession.Outcome?
  private var isCancelled = false
  private let end = DispatchSemaphore(value: 0)

  init(_ exercise: Exercise, _ session: CheckSession) {
    let work = { [self] in
      let outcome = session.outcome(of: exercise) { self.lock.withLock { self.isCancelled } }
      lock.withLock { found = outcome }
      end.signal()
    }
    nonisolated(unsafe) let body = work
    Thread { body() }.start()
  }

  /// Nil while it runs.
  var outcome: CheckSession.Outcome? { lock.withLock { found } }

  /// Kills its programs and waits for its end. Nothing is stored.
  func cancel() {
    lock.withLock { isCancelled = true }
    repeat {
      // Again and again: the next program of the check may start between two calls.
      RunningPrograms.stopAll()
    } while end.wait(timeout: .now() + 0.05) == .timedOut
  }
}
