import Foundation

/// The folders of `lab`. All of them are in `.lab` in the current folder, except for the reader's
/// own files.
enum LabFolder {
  /// One folder per lesson, with its last run.
  static var runs: URL { lab.appendingPathComponent("runs") }
  /// Trained models and reused steps.
  static var cache: URL { lab.appendingPathComponent("cache") }
  static var exports: URL { lab.appendingPathComponent("exports") }

  /// The state of the exercises, one small file each.
  static var progress: URL { lab.appendingPathComponent("progress") }
  /// The compiled checks of exercises.
  static var exercises: URL { lab.appendingPathComponent("exercises") }
  /// The reader's own answers to exercises. Not hidden, because the reader edits them.
  static var workbook: URL { current.appendingPathComponent("Workbook") }

  private static var lab: URL { current.appendingPathComponent(".lab") }

  private static var current: URL {
    URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  }
}
