import Foundation
import SystemSupport

/// The record of the current run, written to disk after each cell. It is safe to call from the
/// thread that handles an interrupt.
package final class RunLog: @unchecked Sendable {
  private let lock = NSLock()
  private var record: RunRecord
  private var usedIDs: Set<String> = []
  private var recordFailure: FolderError?
  private var pageFailure: FolderError?
  private let start = ContinuousClock.now
  /// Seconds since the start that are not part of the run's time.
  private let waitedSeconds: () -> Double
  package let folder: RunFolder
  private let links: CourseLinks?

  package init(
    _ record: RunRecord, in folder: RunFolder, links: CourseLinks? = nil,
    waitedSeconds: @escaping () -> Double = { 0 }
  ) {
    self.record = record
    self.waitedSeconds = waitedSeconds
    self.links = links
    self.record.facts.process = .current
    self.folder = folder
  }

  package var snapshot: RunRecord { lock.withLock { record } }

  /// The error of the last attempt to write the record and the page; nil if both are on disk. It
  /// ends the run before the next training, or at the end.
  package var writeFailure: FolderError? { lock.withLock { recordFailure ?? pageFailure } }

  /// Adds a cell and returns its index.
  @discardableResult
  package func append(_ content: Cell.Content, named name: String) -> Int {
    lock.withLock {
      record.cells.append(Cell(id: uniqueID(name), content: content))
      record.seconds = elapsed
      return record.cells.count - 1
    }
  }

  package func replace(_ index: Int, with content: Cell.Content) {
    lock.withLock {
      record.cells[index].content = content
      record.seconds = elapsed
    }
  }

  package func change(_ body: (inout RunRecord) -> Void) {
    lock.withLock { body(&record) }
  }

  /// Writes the record. `writeFailure` is the error.
  package func save() {
    lock.withLock { saveLocked() }
  }

  /// Writes the record and the page up to here, so that both exist if the run is killed.
  package func saveWithPage() {
    lock.withLock {
      saveLocked()
      savePageLocked()
    }
  }

  /// Marks the run as interrupted and writes it, with its page.
  package func interrupt() -> RunRecord {
    lock.withLock {
      guard record.state == .running else { return record }
      let step = interruptRunningSteps()
      record.state = .interrupted(step: step)
      record.seconds = elapsed
      saveLocked()
      savePageLocked()
      return record
    }
  }

  /// Marks the run as failed in the middle of a step, and writes it with its page. For errors that
  /// could not be thrown there.
  package func fail(_ message: String) -> RunRecord {
    lock.withLock {
      guard record.state == .running else { return record }
      var innermost: String?
      for index in record.cells.indices {
        guard case .step(var step) = record.cells[index].content, step.status == .running else {
          continue
        }
        step.status = .failed
        step.failure = message
        record.cells[index].content = .step(step)
        innermost = step.title
      }
      record.state = .failed(step: innermost, message: message)
      record.seconds = elapsed
      saveLocked()
      savePageLocked()
      return record
    }
  }

  /// Marks the run as finished or failed and writes it, with its page.
  package func end(_ state: RunState) {
    lock.withLock {
      record.state = state
      record.seconds = elapsed
      saveLocked()
      savePageLocked()
    }
  }

  private var elapsed: Double { max(0, seconds(since: start) - waitedSeconds()) }

  private func saveLocked() {
    do {
      try folder.write(try record.encoded(), to: folder.record)
      recordFailure = nil
    } catch let error as FolderError {
      recordFailure = explained(error)
    } catch {
      recordFailure = FolderError(
        path: folder.record.path, reason: SystemError(error).description)
    }
  }

  private func savePageLocked() {
    do throws(FolderError) {
      try folder.writePage(of: record, links: links)
      pageFailure = nil
    } catch {
      pageFailure = explained(error)
    }
  }

  private func explained(_ error: FolderError) -> FolderError {
    guard !FileManager.default.fileExists(atPath: folder.url.path) else { return error }
    return FolderError(
      path: error.path, reason: "its folder was removed or moved while the run went on")
  }

  /// Marks the running steps as interrupted. Returns the title of the innermost one; nil if no step
  /// was running.
  private func interruptRunningSteps() -> String? {
    var innermost: String?
    for index in record.cells.indices {
      guard case .step(var step) = record.cells[index].content, step.status == .running else {
        continue
      }
      step.status = .interrupted
      record.cells[index].content = .step(step)
      innermost = step.title
    }
    return innermost
  }

  private func uniqueID(_ name: String) -> String {
    let stem = String(slug(record.lesson.slug + "-" + name).prefix(58))
    var (candidate, count) = (stem, 1)
    while !usedIDs.insert(candidate).inserted {
      count += 1
      candidate = "\(stem)-\(count)"
    }
    return candidate
  }
}

/// A text as an identifier: small letters, digits and single hyphens; at least one character.
package func slug(_ text: String) -> String {
  var result = ""
  for scalar in text.lowercased().unicodeScalars {
    if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
      result.unicodeScalars.append(scalar)
    } else if !result.isEmpty, !result.hasSuffix("-") {
      result += "-"
    }
  }
  while result.hasSuffix("-") { result.removeLast() }
  return result.isEmpty ? "cell" : result
}
