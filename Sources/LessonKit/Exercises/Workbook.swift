import Foundation

/// The learner's folder: one file per exercise that was started. A file is never overwritten
/// without a copy.
package struct Workbook {
  /// Where the learner's files are.
  package let folder: URL
  /// For the progress of each exercise.
  package let progressFolder: URL

  package init(folder: URL, progressFolder: URL) {
    self.folder = folder
    self.progressFolder = progressFolder
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
  package func begin(_ exercise: Exercise) throws -> Bool {
    guard !hasBegun(exercise) else { return false }
    try give(exercise)
    return true
  }

  /// Restores the template, after copying the learner's file to `kept/`.
  /// - Returns: the copy; nil if there was no file.
  package func reset(_ exercise: Exercise) throws -> URL? {
    guard hasBegun(exercise) else {
      try give(exercise)
      return nil
    }
    let copy = try keepCopy(of: exercise)
    try FileManager.default.removeItem(at: file(of: exercise))
    try give(exercise)
    return copy
  }

  /// Whether the code equals the template's, apart from comments and spaces.
  package func isUntouched(_ exercise: Exercise) throws -> Bool {
    let mine = code(in: try read(file(of: exercise)))
    if mine == code(in: try read(exercise.template)) { return true }
    // The template may have changed since the file was created.
    return progress(of: exercise).given == textChecksum(mine)
  }

  /// When the learner last saved the file.
  package func savedAt(_ exercise: Exercise) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file(of: exercise).path)
    return attributes?[.modificationDate] as? Date
  }

  package func read(_ url: URL) throws(WorkbookError) -> String {
    guard let data = FileManager.default.contents(atPath: url.path) else {
      throw WorkbookError(path: url.path, reason: "cannot be read")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func give(_ exercise: Exercise) throws {
    let text = try read(exercise.template)
    let target = RunFolder(folder)
    do throws(FolderError) {
      try target.prepare()
      try target.write(Data(text.utf8), to: file(of: exercise))
    } catch {
      throw WorkbookError(path: error.path, reason: "cannot be written: \(error.reason)")
    }
    try change(exercise) { $0.given = textChecksum(code(in: text)) }
  }

  /// Copies the file to the first free name: `kept/05-1-online-softmax-1.swift`, `…-2.swift`, …
  private func keepCopy(of exercise: Exercise) throws -> URL {
    let kept = folder.appendingPathComponent("kept")
    try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
    var number = 1
    while true {
      let copy = kept.appendingPathComponent("\(exercise.stem)-\(number).swift")
      if !FileManager.default.fileExists(atPath: copy.path) {
        try FileManager.default.copyItem(at: file(of: exercise), to: copy)
        return copy
      }
      number += 1
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

  package var description: String {
    "\(path) \(reason). Call lab from a folder that you can write to, or choose one with "
      + "--workbook DIR."
  }
}

extension Workbook {
  /// Checks the learner's file and stores the result. A file that has passed is checked again,
  /// because the check may have changed.
  package func check(_ exercise: Exercise, by checker: ExerciseChecker) throws -> Verdict {
    let text = try read(file(of: exercise))
    let verdict =
      try isUntouched(exercise) ? .notAttempted : try checker.check(file(of: exercise), exercise)
    try change(exercise) {
      $0.checked = textChecksum(text)
      $0.lastFailure = verdict.summary
      switch verdict {
      case .passed: $0.state = .passed
      case .notAttempted: $0.state = .notAttempted
      default: $0.state = .failed
      }
      if verdict != .notAttempted { $0.attempts += 1 }
    }
    return verdict
  }

  /// The exercise that the learner works on: of those that have not passed, the one saved last, or
  /// else the first.
  package func current(of catalog: ExerciseCatalog) -> Exercise? {
    let open = catalog.exercises.filter { hasBegun($0) && !hasPassed($0) }
    let touched = open.filter { (try? isUntouched($0)) == false }
    let latest = touched.max { savedAt($0) ?? .distantPast < savedAt($1) ?? .distantPast }
    return latest ?? next(of: catalog)
  }

  /// The first exercise, in the order of the course, that has not passed.
  package func next(of catalog: ExerciseCatalog) -> Exercise? {
    catalog.exercises.first { !hasPassed($0) }
  }
}
