import Foundation
import SystemSupport

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

  /// Reads a file, which may come from somebody else: a symbolic link, a folder, or a file that is
  /// too large to be a progress file is an error.
  /// - Returns: nil if there is no such file.
  package static func read(_ file: URL) throws(SystemError) -> ExerciseProgress? {
    let data: Data
    do throws(SystemError) {
      data = try RegularFile.read(file, byteLimit: 1_000_000)
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
    return try decode(data)
  }

  /// - Throws: `SystemError` if the bytes are no progress, or count more than a person can do.
  package static func decode(_ data: Data) throws(SystemError) -> ExerciseProgress {
    let counts = 0...1_000_000
    guard let progress = try? JSONDecoder().decode(ExerciseProgress.self, from: data),
      counts.contains(progress.attempts), counts.contains(progress.hintsSeen)
    else {
      throw SystemError(
        code: EINVAL, reason: "It is damaged: it does not contain an exercise's state")
    }
    return progress
  }
}

extension Workbook {
  package func progressFile(of exercise: Exercise) -> URL {
    progressFolder.appendingPathComponent(exercise.stem + ".json")
  }

  /// The stored progress; a new one if none is stored.
  /// - Throws: `SystemError` if the file is there and cannot be read.
  package func progress(of exercise: Exercise) throws(SystemError) -> ExerciseProgress {
    try ExerciseProgress.read(progressFile(of: exercise)) ?? ExerciseProgress()
  }

  /// Changes the stored progress. Nothing of a change that another process makes at the same time
  /// is lost. A damaged file is moved aside first, and `notice` says so.
  package func change(
    _ exercise: Exercise, _ body: (inout ExerciseProgress) -> Void
  ) throws(WorkbookError) {
    let file = progressFile(of: exercise)
    let target = RunFolder(progressFolder)
    do {
      try target.prepare()
      let lock = try lockProgress()
      defer { lock?.unlock() }
      var progress = try progressToChange(of: exercise)
      body(&progress)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try target.write(try encoder.encode(progress), to: file)
    } catch let error as WorkbookError {
      throw error
    } catch {
      let reason = (error as? FolderError)?.reason ?? SystemError(error).description
      throw WorkbookError(path: file.path, reason: "cannot be written: \(reason)")
    }
  }

  /// Nil where the file system has no locks.
  private func lockProgress() throws -> FileLock? {
    do throws(FileLockError) {
      return try FileLock.wait(
        for: progressFolder.appendingPathComponent(".progress.lock"), atMost: 20, notice: notice)
    } catch {
      switch error {
      case .held(_, let holder):
        throw SystemError(
          code: EAGAIN,
          reason: "It is locked by \(holder?.description ?? "another process")")
      case .cannotOpen(let path, let reason):
        throw SystemError(code: EAGAIN, reason: "\(path): \(reason)")
      case .unsupported:
        notice("\(error.description) Do not check in two terminals at once.")
        return nil
      }
    }
  }

  private func progressToChange(of exercise: Exercise) throws -> ExerciseProgress {
    do throws(SystemError) {
      return try progress(of: exercise)
    } catch {
      // Not the file, but the right to read it, is missing.
      guard ![EACCES, EPERM, EIO, EMFILE, ENFILE, ENOMEM].contains(error.code) else { throw error }
      let file = progressFile(of: exercise)
      let kept = firstFree { file.appendingPathExtension("damaged-\($0)") }
      try FileManager.default.moveItem(at: file, to: kept)
      notice(
        "The progress of '\(exercise.name)' cannot be read (\(error)). It starts again; the old "
          + "file is kept as \(kept.path).")
      return ExerciseProgress()
    }
  }

  /// Whether the file passed and has not been changed since.
  package func hasPassed(_ exercise: Exercise) -> Bool {
    guard let progress = try? progress(of: exercise), progress.state == .passed,
      let text = try? read(file(of: exercise))
    else { return false }
    return progress.checked == textChecksum(text)
  }
}

/// The first of the numbered paths, from 1, at which there is nothing, not even a dangling link.
func firstFree(_ path: (Int) -> URL) -> URL {
  var number = 1
  var status = stat()
  while lstat(path(number).path, &status) == 0 { number += 1 }
  return path(number)
}
