import Foundation
import SystemSupport

/// The folder of a run: the record, the figures, the page.
package struct RunFolder: Equatable, Sendable {
  package let url: URL

  package init(_ url: URL) { self.url = url }

  package var record: URL { url.appendingPathComponent("run.json") }
  package var page: URL { url.appendingPathComponent("index.html") }

  package func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Takes this folder for a run: two runs in one folder would mix their records and figures.
  ///
  /// The lock file is beside the folder, since a finished run is moved aside with its folder. The
  /// lock ends with the returned object, or with the process.
  /// - Throws: `FolderInUse`, or `FolderError` if the folder cannot be written or locked.
  package func lock() throws -> FileLock {
    // Two links to one folder have one lock.
    let real = url.resolvingSymlinksInPath()
    let file = real.deletingLastPathComponent()
      .appendingPathComponent(".\(real.lastPathComponent).lock")
    do throws(FolderError) {
      try FolderError.makeFolder(url.deletingLastPathComponent())
    } catch {
      throw FolderError(path: url.path, reason: error.reason)
    }
    do throws(FileLockError) {
      return try FileLock(file)
    } catch {
      switch error {
      case .held(_, let holder): throw FolderInUse(path: url.path, holder: holder)
      case .cannotOpen(let path, let reason), .unsupported(let path, let reason):
        throw FolderError(path: path, reason: reason)
      }
    }
  }

  /// Creates the folder and checks that a file can be written in it, before any work is done.
  package func prepare() throws(FolderError) {
    try FolderError.makeFolder(url)
    do throws(SystemError) {
      try AtomicFile.checkFolder(url)
    } catch {
      throw FolderError(path: url.path, reason: error.description)
    }
  }

  /// Replaces a file atomically: a reader sees the old content or the new content, never a mixture.
  package func write(_ data: Data, to target: URL) throws(FolderError) {
    do {
      try AtomicFile.write(data, to: target)
    } catch {
      throw FolderError(path: target.path, reason: error.description)
    }
  }

  /// The folder of the last finished run while a new run goes on. It stays there if the new run
  /// fails.
  package var earlier: RunFolder {
    RunFolder(
      url.deletingLastPathComponent().appendingPathComponent(url.lastPathComponent + ".earlier"))
  }

  /// Moves a finished run to `earlier`, so that it is not lost if the new run fails. An unfinished
  /// run is overwritten. A record that cannot be read, perhaps of another version of `lab`, is kept
  /// if no finished run is.
  func moveFinishedRunAside() throws(FolderError) {
    guard hasRecord else { return }
    let state = (try? loadRecord())?.state
    guard state == .finished || (state == nil && !earlier.hasRecord) else { return }
    try moveRun(to: earlier)
    try prepare()
  }

  /// Removes the earlier run; called when the new one is finished.
  func removeEarlierRun() {
    earlier.removeRun()
  }

  /// Whether there is a finished run in `earlier`.
  package var hasEarlierRun: Bool { FileManager.default.fileExists(atPath: earlier.record.path) }

  /// Renders the page of a record into this folder. `lab open` calls it, so a change of the style
  /// sheet is visible without running the lesson again.
  package func writePage(
    of record: RunRecord, links: CourseLinks? = nil
  ) throws(FolderError) {
    try writePage(HTMLPage.data(of: record, in: self, links: links))
  }

  /// - Throws: `FolderError`, also if there is a page that `lab` did not write.
  package func writePage(_ html: Data) throws(FolderError) {
    try checkPage(page)
    try write(html, to: page)
  }

  /// Whether there is a record, even one that cannot be read.
  package var hasRecord: Bool { FileManager.default.fileExists(atPath: record.path) }

  /// The record of the last run. That of a standard run has less than 1 MB; a larger file than 50 MB
  /// is refused.
  package func loadRecord() throws -> RunRecord {
    let data: Data
    do throws(SystemError) {
      data = try RegularFile.read(record, byteLimit: 50_000_000)
    } catch {
      if error.code == ENOENT { throw RecordError.missing(path: record.path) }
      throw RecordError.unreadable(path: record.path, reason: error.description)
    }
    return try RunRecord.decoded(from: data, at: record.path)
  }
}

/// The folder of a run that another process is writing.
package struct FolderInUse: Error, Equatable, CustomStringConvertible {
  package let path: String
  /// Nil if the lock file does not say who holds it.
  package let holder: FileLockHolder?

  package var description: String {
    "Another run writes \(path): \(holder?.description ?? "another process"). Wait until it has "
      + "ended, or choose another folder with --output DIR."
  }
}

/// A folder or file that cannot be written.
package struct FolderError: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let reason: String
  /// The option that names another folder.
  package var option = "--output DIR"

  package init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }

  package var description: String {
    let isFull = [ENOSPC, EDQUOT].contains { SystemError(code: $0).description == reason }
    return "Cannot write \(path): \(reason). Choose another folder with \(option)"
      + (isFull ? ", or free some space." : ".")
  }
}

extension FolderError {
  /// Creates a folder and its parents.
  static func makeFolder(_ url: URL) throws(FolderError) {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      let reason = SystemError(error)
      let sentence =
        switch reason.code {
        case EEXIST, ENOTDIR: "A part of this path is a file, not a folder"
        // All parents would have been created.
        case ENOENT: "No folder can be created there"
        default: reason.description
        }
      throw FolderError(path: url.path, reason: sentence)
    }
  }
}
