import Foundation
import SystemSupport

/// The learner's folder: one file per exercise that was started. A file is never overwritten
/// without a copy.
package struct Workbook {
  /// Where the learner's files are.
  package let folder: URL
  /// For the progress of each exercise.
  package let progressFolder: URL
  /// Receives sentences for the learner about something that was unexpected and is dealt with.
  package let notice: (String) -> Void

  package init(folder: URL, progressFolder: URL, notice: @escaping (String) -> Void) {
    self.folder = folder
    self.progressFolder = progressFolder
    self.notice = notice
  }

  package func file(of exercise: Exercise) -> URL {
    folder.appendingPathComponent(exercise.stem + ".swift")
  }

  package func hasBegun(_ exercise: Exercise) -> Bool {
    FileManager.default.fileExists(atPath: file(of: exercise).path)
  }

  /// Creates the learner's file from the template, unless it exists.
  /// - Returns: whether it was created.
  @discardableResult
  package func begin(_ exercise: Exercise) throws(WorkbookError) -> Bool {
    guard !hasBegun(exercise) else { return false }
    let text = try Self.bytes(of: exercise.template)
    let target = RunFolder(folder)
    do throws(FolderError) {
      try target.prepare()
      try target.write(text, to: file(of: exercise))
    } catch {
      throw WorkbookError(path: error.path, reason: "cannot be written: \(error.reason)")
    }
    return true
  }

  /// Restores the template, after copying the learner's file to `kept/`.
  /// - Returns: the copy; nil if there was no file.
  package func reset(_ exercise: Exercise) throws(WorkbookError) -> URL? {
    guard hasBegun(exercise) else {
      try begin(exercise)
      return nil
    }
    do throws(SystemError) {
      try AtomicFile.check(file(of: exercise))
    } catch {
      throw WorkbookError(
        path: file(of: exercise).path, reason: "cannot be replaced: \(error)",
        advice: "Remove it yourself")
    }
    let mine = try Self.bytes(of: file(of: exercise))
    let given = try Self.bytes(of: exercise.template)
    let kept = folder.appendingPathComponent("kept")
    // The first free name: `kept/05-1-online-softmax-1.swift`, `…-2.swift`, …
    let copy = firstFree { kept.appendingPathComponent("\(exercise.stem)-\($0).swift") }
    do throws(FolderError) {
      try RunFolder(kept).prepare()
      try RunFolder(kept).write(mine, to: copy)
      // Replaced at once: no moment without a file of this name.
      try RunFolder(folder).write(given, to: file(of: exercise))
    } catch {
      throw WorkbookError(path: error.path, reason: "cannot be written: \(error.reason)")
    }
    return copy
  }

  /// Stores that the learner's file is the template as it is now. The template may change later, and
  /// the file then still counts as not attempted.
  package func storeGiven(_ exercise: Exercise) throws(WorkbookError) {
    let given = textChecksum(code(in: try read(exercise.template)))
    try change(exercise) { $0.given = given }
  }

  /// Whether the code equals the template's, apart from comments and spaces.
  package func isUntouched(_ exercise: Exercise) throws -> Bool {
    let mine = code(in: try read(file(of: exercise)))
    if mine == code(in: try read(exercise.template)) { return true }
    // The template may have changed since the file was created.
    return (try? progress(of: exercise))?.given == textChecksum(mine)
  }

  /// When the learner last saved the file.
  package func savedAt(_ exercise: Exercise) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file(of: exercise).path)
    return attributes?[.modificationDate] as? Date
  }

  package func read(_ url: URL) throws(WorkbookError) -> String {
    String(decoding: try Self.bytes(of: url), as: UTF8.self)
  }

  /// The content of a learner's file or of a template. A link is followed: these are the learner's
  /// own files.
  static func bytes(of url: URL) throws(WorkbookError) -> Data {
    do throws(SystemError) {
      return try RegularFile.read(url, byteLimit: 10_000_000, links: .followed)
    } catch {
      throw WorkbookError(
        path: url.path, reason: "cannot be read: \(error)",
        advice: "Replace it by a text file that you may read")
    }
  }
}

/// The code of a file without comments and spaces.
func code(in text: String) -> String {
  let source = Tokens(text)
  return source.tokens.indices
    .filter { ![.space, .comment].contains(source.tokens[$0].kind) }
    .map { source.text($0) }.joined(separator: " ")
}

/// A learner's file that cannot be read or written.
package struct WorkbookError: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let reason: String
  package var advice = "Free some space, or call lab from a folder that you can write to"

  package var description: String {
    "\(path) \(reason). \(advice); --workbook DIR chooses the folder of your own files."
  }
}

extension Workbook {
  /// Checks the learner's file and stores the result. A file that has passed is checked again,
  /// because the check may have changed.
  ///
  /// `isCancelled` is asked before the result is stored: a check whose programs were killed has no
  /// result.
  /// - Returns: the verdict, what the learner's code printed, and the reason if the verdict could not
  ///   be stored.
  /// - Throws: `CheckTrouble` if the machine prevents the check; then nothing is stored.
  ///   `WorkbookError` if the file cannot be read. `CancellationError`.
  package func check(
    _ exercise: Exercise, by checker: ExerciseChecker, isCancelled: () -> Bool = { false }
  ) throws -> (verdict: Verdict, printed: String, unsaved: WorkbookError?) {
    let source = try Self.bytes(of: file(of: exercise))
    let text = String(decoding: source, as: UTF8.self)
    let answer =
      try isUntouched(exercise)
      ? CheckAnswer(verdict: .notAttempted) : try checker.answer(to: source, exercise)
    if isCancelled() { throw CancellationError() }
    do throws(WorkbookError) {
      try store(answer.verdict, of: exercise, text)
      return (answer.verdict, answer.printed, nil)
    } catch {
      return (answer.verdict, answer.printed, error)
    }
  }

  private func store(
    _ verdict: Verdict, of exercise: Exercise, _ text: String
  ) throws(WorkbookError) {
    try change(exercise) {
      if verdict != .notAttempted { $0.attempts += 1 }
      // Meanwhile the learner has saved another text, and another process has checked that one.
      if let now = try? read(file(of: exercise)), now != text, $0.checked == textChecksum(now) {
        return
      }
      $0.checked = textChecksum(text)
      $0.lastFailure = verdict.summary
      switch verdict {
      case .passed: $0.state = .passed
      case .notAttempted:
        $0.state = .notAttempted
        $0.given = textChecksum(code(in: text))
      default: $0.state = .failed
      }
    }
  }

  /// The exercise that the learner works on: of those that have not passed, the one saved last, or
  /// else the first.
  package func current(of catalog: ExerciseCatalog) -> Exercise? {
    let open = catalog.exercises.filter { hasBegun($0) && !hasPassed($0) }
    let touched = open.filter { (try? isUntouched($0)) == false }
    let latest = touched.max { savedAt($0) ?? .distantPast < savedAt($1) ?? .distantPast }
    return latest ?? next(of: catalog)
  }

  /// The first other exercise after this one that has not passed, in the order of the course; after
  /// the last exercise it begins again. Without an exercise it begins with the first.
  package func next(of catalog: ExerciseCatalog, after exercise: Exercise? = nil) -> Exercise? {
    let all = catalog.exercises
    let place = exercise.flatMap(all.firstIndex) ?? -1
    let others = all[(place + 1)...] + all[..<max(0, place)]
    return others.first { !hasPassed($0) }
  }
}
