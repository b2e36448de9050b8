import Foundation

extension Workbook {
  /// Checks the learner's file and keeps what came of it. A file that passed and has not changed
  /// since is checked all the same: it takes a second, and the check may have changed.
  public func check(_ exercise: Exercise, by examiner: Examiner) throws -> Verdict {
    let text = try read(file(of: exercise))
    let verdict =
      try isUntouched(exercise) ? .notAttempted : try examiner.examine(file(of: exercise), exercise)
    try change(exercise) {
      $0.checked = ByteChecksumText(text).text
      $0.trouble = verdict.trouble
      switch verdict {
      case .passed: $0.state = .passed
      case .notAttempted: $0.state = .notAttempted
      default: $0.state = .failed
      }
      if verdict != .notAttempted { $0.attempts += 1 }
    }
    return verdict
  }

  /// Where a learner is: the file saved last that has not passed, or the first exercise not begun.
  public func current(of shelf: ExerciseCatalog) -> Exercise? {
    let open = shelf.exercises.filter { hasBegun($0) && !hasPassed($0) }
    let touched = open.filter { (try? isUntouched($0)) == false }
    let latest = touched.max { savedAt($0) ?? .distantPast < savedAt($1) ?? .distantPast }
    return latest ?? next(of: shelf)
  }

  /// The first in the order of the course that has not passed.
  public func next(of shelf: ExerciseCatalog) -> Exercise? {
    shelf.exercises.first { !hasPassed($0) }
  }
}
