import Foundation
import LessonKit
import SystemSupport

/// The folders of `lab`. All of them are in `.lab` in the current folder, or above the reader's
/// `Workbook` if `lab` is called there, except for the reader's own files.
enum LabFolder {
  /// One folder per lesson, with its last run.
  static var runs: URL { lab.appendingPathComponent("runs") }
  /// Trained models and reused steps.
  static var cache: URL { lab.appendingPathComponent("cache") }
  /// Published models.
  static var models: URL { lab.appendingPathComponent("models") }
  static var exports: URL { lab.appendingPathComponent("exports") }

  /// The state of the exercises, one small file each.
  static var progress: URL { lab.appendingPathComponent("progress") }
  /// The compiled checks of exercises.
  static var exercises: URL { lab.appendingPathComponent("exercises") }
  /// The reader's own answers to exercises. Not hidden, because the reader edits them.
  static var workbook: URL { current.appendingPathComponent("Workbook") }

  /// - Throws: `FolderGone` if the current folder has been removed.
  static func checkCurrent() throws(FolderGone) {
    guard let path = getcwd(nil, 0) else { throw FolderGone() }
    free(path)
  }

  /// Removes what killed processes left behind more than a day ago, in these folders of runs and in
  /// the folders of `lab`.
  static func sweep(runs folders: [RunFolder] = []) {
    let caches = FileManager.default.enumerator(at: cache, includingPropertiesForKeys: nil)?
      .compactMap { $0 as? URL }.filter(\.hasDirectoryPath)
    Litter.sweep(
      partialsIn: folders.flatMap { [$0.url, $0.url.deletingLastPathComponent()] }
        + [runs, cache, models, exports, progress, exercises, workbook] + (caches ?? []))
  }

  private static var lab: URL { current.appendingPathComponent(".lab") }

  /// The current folder. In the reader's `Workbook`, where an editor's terminal may open, it is the
  /// folder above that has `.lab`.
  private static var current: URL {
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    func hasLab(_ folder: URL) -> Bool {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent(".lab").path)
    }
    guard !hasLab(here) else { return here }
    var folder = here
    // As often as the path has parts: the path of a folder that has vanished never becomes "/".
    for _ in here.pathComponents {
      let above = folder.deletingLastPathComponent()
      if folder.lastPathComponent == "Workbook", hasLab(above) { return above }
      folder = above
    }
    return here
  }
}

/// The folder in which `lab` was called has been removed.
struct FolderGone: Error, CustomStringConvertible {
  let description =
    "The current folder no longer exists. Change to another folder with 'cd', then call lab again."
}
