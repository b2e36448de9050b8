import Foundation
import SystemSupport
import TensorCore

/// A learner's progress with one exercise, stored on disk.
package struct ExerciseProgress: Codable, Equatable, Sendable {
  /// The result of the last check.
  package enum State: String, Codable, Sendable {
    case notAttempted = "not attempted"
    case failed, passed
  }

  package var state: State = .notAttempted
  /// Checksum of the learner's file at the last check.
  package var checked = ""
  /// Checksum of the template's code when the file was created.
  package var given = ""
  /// The number of checks of the learner's changed file.
  package var attempts = 0
  package var hintsSeen = 0
  package var hasSeenSolution = false
  /// The last failure in one line, for the teacher's table.
  package var lastFailure: String?

  package init() {}
}

extension Workbook {
  package func progressFile(of exercise: Exercise) -> URL {
    progressFolder.appendingPathComponent(exercise.stem + ".json")
  }

  package func progress(of exercise: Exercise) -> ExerciseProgress {
    guard let data = FileManager.default.contents(atPath: progressFile(of: exercise).path),
      let progress = try? JSONDecoder().decode(ExerciseProgress.self, from: data)
    else { return ExerciseProgress() }
    return progress
  }

  package func change(
    _ exercise: Exercise, _ body: (inout ExerciseProgress) -> Void
  ) throws(WorkbookError) {
    var progress = progress(of: exercise)
    body(&progress)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let file = progressFile(of: exercise)
    let target = RunFolder(file.deletingLastPathComponent())
    do {
      let data = try encoder.encode(progress)
      try target.prepare()
      try target.write(data, to: file)
    } catch {
      let reason = (error as? FolderError)?.reason ?? SystemError(error).description
      throw WorkbookError(path: file.path, reason: "cannot be written: \(reason)")
    }
  }

  /// Whether the file passed and has not been changed since.
  package func hasPassed(_ exercise: Exercise) -> Bool {
    let progress = progress(of: exercise)
    guard progress.state == .passed, let text = try? read(file(of: exercise)) else { return false }
    return progress.checked == textChecksum(text)
  }
}

/// A checksum of a text, the same on every machine.
func textChecksum(_ text: String) -> String { ByteChecksum(Array(text.utf8)).description }
