import Foundation
import SystemSupport

/// Where a run lives: the record, the pictures, the page.
public struct RunFolder: Equatable, Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  public var record: URL { url.appendingPathComponent("run.json") }
  public var page: URL { url.appendingPathComponent("index.html") }

  public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Makes the folder and proves that a file can be written in it, before any work is done.
  public func prepare() throws(FolderError) {
    let probe = file(".write-probe-\(ProcessInfo.processInfo.processIdentifier)")
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      try Data("probe".utf8).write(to: probe)
      try FileManager.default.removeItem(at: probe)
    } catch {
      // On a full disk it is there, and empty.
      try? FileManager.default.removeItem(at: probe)
      throw FolderError(path: url.path, reason: reason(of: error))
    }
  }

  /// Replaces a file as a whole: a reader sees the old content or the new one.
  public func write(_ data: Data, to target: URL) throws(FolderError) {
    do {
      try AtomicFile.write(data, to: target)
    } catch {
      throw FolderError(path: target.path, reason: error.description)
    }
  }

  /// Where a finished run waits while a new one is under way; it stays if that one breaks.
  public var earlier: RunFolder {
    RunFolder(
      url.deletingLastPathComponent().appendingPathComponent(url.lastPathComponent + ".earlier"))
  }

  /// Moves a finished run to `earlier`, so that a new one which breaks, or is stopped, loses nothing.
  /// An unfinished one stays, to be written over.
  func setFinishedRunAside() throws(FolderError) {
    guard let record = try? loadRecord(), record.state == .finished else { return }
    do {
      if FileManager.default.fileExists(atPath: earlier.url.path) {
        try FileManager.default.removeItem(at: earlier.url)
      }
      try FileManager.default.moveItem(at: url, to: earlier.url)
    } catch {
      throw FolderError(path: earlier.url.path, reason: reason(of: error))
    }
    try prepare()
  }

  /// Called when a new run has come to its end.
  func forgetEarlierRun() {
    try? FileManager.default.removeItem(at: earlier.url)
  }

  /// Whether a finished run waits in `earlier`.
  public var hasEarlierRun: Bool { FileManager.default.fileExists(atPath: earlier.record.path) }

  /// Removes pictures of an earlier run of this lesson, so that none is taken for new.
  func removeFigures(of card: LessonCard) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    for name in names where name.hasPrefix(card.fileStem + "-") && name.hasSuffix(".png") {
      try? FileManager.default.removeItem(at: file(name))
    }
  }

  /// Whether there is a record, readable or not.
  public var hasRecord: Bool { FileManager.default.fileExists(atPath: record.path) }

  /// The record of the last run.
  public func loadRecord() throws -> RunRecord {
    guard let data = FileManager.default.contents(atPath: record.path) else {
      throw RecordError.missing(path: record.path)
    }
    return try RunRecord.decoded(from: data, at: record.path)
  }
}

/// A folder or file that cannot be written.
public struct FolderError: Error, Equatable, CustomStringConvertible {
  public let path: String
  public let reason: String

  public var description: String {
    "Cannot write \(path): \(reason). Choose another folder with --output DIR, or make room there."
  }
}

/// The system's own word for what went wrong, without Foundation's wrapping.
private func reason(of error: any Error) -> String {
  let outer = error as NSError
  let inner = (outer.userInfo[NSUnderlyingErrorKey] as? NSError) ?? outer
  if inner.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(inner.code))) }
  switch outer.code {
  case CocoaError.fileWriteNoPermission.rawValue: return "permission denied"
  case CocoaError.fileWriteOutOfSpace.rawValue: return "no space left on device"
  case CocoaError.fileWriteVolumeReadOnly.rawValue: return "the file system is read-only"
  case CocoaError.fileWriteFileExists.rawValue: return "a file of that name is in the way"
  case CocoaError.fileWriteUnknown.rawValue: return "a part of this path is a file, not a folder"
  case CocoaError.fileNoSuchFile.rawValue, CocoaError.fileReadNoSuchFile.rawValue:
    return "no such folder, and none can be made there"
  default: return "error \(outer.code) of \(outer.domain)"
  }
}
