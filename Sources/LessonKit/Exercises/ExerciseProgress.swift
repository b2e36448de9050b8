import Foundation
import TensorCore

/// What is known of a learner's exercise, kept on disk between commands.
public struct ExerciseProgress: Codable, Equatable, Sendable {
  /// How the last check came out.
  public enum State: String, Codable, Sendable {
    case notAttempted = "not attempted"
    case failed, passed
  }

  public var state: State = .notAttempted
  /// Checksum of the file that this state belongs to.
  public var checked = ""
  /// Checksum of the code as it was given.
  public var given = ""
  /// How many checks were made of a changed file.
  public var attempts = 0
  public var hintsSeen = 0
  public var hasSeenSolution = false
  /// What the last failure said, in a line; for the teacher's table.
  public var trouble: String?

  public init() {}
}

extension Workbook {
  package func progressFile(of exercise: Exercise) -> URL {
    progressFolder.appendingPathComponent(exercise.stem + ".json")
  }

  public func progress(of exercise: Exercise) -> ExerciseProgress {
    guard let data = FileManager.default.contents(atPath: progressFile(of: exercise).path),
      let progress = try? JSONDecoder().decode(ExerciseProgress.self, from: data)
    else { return ExerciseProgress() }
    return progress
  }

  public func change(
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
      let reason = (error as? FolderError)?.reason ?? "\(error)"
      throw WorkbookError(path: file.path, trouble: "cannot be written: \(reason)")
    }
  }

  /// Passed, and not changed since.
  public func hasPassed(_ exercise: Exercise) -> Bool {
    let progress = progress(of: exercise)
    guard progress.state == .passed, let text = try? read(file(of: exercise)) else { return false }
    return progress.checked == ByteChecksumText(text).text
  }
}

/// A short name for a text, the same on every machine.
struct ByteChecksumText {
  let text: String

  init(_ source: String) { text = ByteChecksum(Array(source.utf8)).description }
}
