import CPUBackend
import Foundation
import LessonKit

/// A run of a lesson in a temporary folder, which is removed with this object.
final class RunFixture {
  let folder: URL
  var settings: RunSettings

  init(scale: Scale = .smoke) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lessonkit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    settings = RunSettings(
      scale: scale, seed: 7, runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "lab run demo",
      versions: ["lab": "test"])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func run(
    _ lesson: any Lesson.Type, observer: any RunObserver = SilentObserver()
  ) throws -> LessonRunner.Outcome {
    try runner(observer).run(lesson)
  }

  func runner(_ observer: any RunObserver = SilentObserver()) throws -> LessonRunner {
    LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 1), observer: observer)
  }

  /// A record with one cell.
  func record(with content: Cell.Content) throws -> RunRecord {
    var record = try run(DemoLesson.self).record
    record.cells = [Cell(id: "cell", content: content)]
    return record
  }

  func page(of lesson: any Lesson.Type) throws -> String {
    try String(contentsOf: settings.folder(of: lesson.card).page, encoding: .utf8)
  }
}
