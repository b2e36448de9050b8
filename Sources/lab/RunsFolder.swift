import Foundation

/// Where runs, trained models and exports are kept when the reader names no place: `.lab` in the folder that
/// `lab` is called from.
enum RunsFolder {
  static var standard: URL { lab.appendingPathComponent("runs") }
  static var cache: URL { lab.appendingPathComponent("cache") }
  static var exports: URL { lab.appendingPathComponent("exports") }

  private static var lab: URL {
    URL(fileURLWithPath: FileManager.default.currentDirectoryPath).appendingPathComponent(".lab")
  }
}
