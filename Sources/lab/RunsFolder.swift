import Foundation

/// Where runs, trained models and exports are kept when the reader names no place: `.lab` in the
/// folder that `lab` is called from.
enum RunsFolder {
  static var standard: URL { lab.appendingPathComponent("runs") }
  static var cache: URL { lab.appendingPathComponent("cache") }
  static var exports: URL { lab.appendingPathComponent("exports") }

  /// What is known of exercises, a small file for each.
  static var progress: URL { lab.appendingPathComponent("progress") }
  /// The programs that check exercises.
  static var exercises: URL { lab.appendingPathComponent("exercises") }
  /// The learner's own files: not hidden, since they are to be edited.
  static var workbook: URL { here.appendingPathComponent("Workbook") }

  private static var lab: URL { here.appendingPathComponent(".lab") }

  private static var here: URL {
    URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  }
}
