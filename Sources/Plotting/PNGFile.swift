import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file whole or not at all: first aside in the same folder, then renamed.
package struct PNGFile {
  /// How bytes reach a file handle; the tests put a full disk here.
  package typealias Sink = (Int32, UnsafeRawPointer, Int) -> Int

  private let sink: Sink

  package init(sink: @escaping Sink = { handle, bytes, count in write(handle, bytes, count) }) {
    self.sink = sink
  }

  /// - Throws: `PlottingError.cannotWrite`; then nothing is left behind, and an older file at
  ///   `url` is as it was.
  package func save(_ data: Data, to url: URL) throws {
    let aside = url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString).partial")
    let handle = open(aside.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard handle >= 0 else { throw refusal(url, errno) }
    var problem = pour(data, into: handle)
    // A disk may say only now that it was full.
    if close(handle) != 0 && problem == 0 { problem = errno }
    if problem == 0 && rename(aside.path, url.path) != 0 { problem = errno }
    guard problem == 0 else {
      unlink(aside.path)
      throw refusal(url, problem)
    }
  }

  /// Returns zero or an errno.
  private func pour(_ data: Data, into handle: Int32) -> Int32 {
    data.withUnsafeBytes { bytes -> Int32 in
      guard let start = bytes.baseAddress else { return 0 }
      var done = 0
      while done < bytes.count {
        let count = sink(handle, start + done, bytes.count - done)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return errno }
        done += count
      }
      return 0
    }
  }

  private func refusal(_ url: URL, _ code: Int32) -> PlottingError {
    let folder = url.deletingLastPathComponent().path
    let reason: String
    switch code {
    case ENOENT: reason = "the folder \(folder) does not exist; make it first"
    case ENOTDIR: reason = "\(folder) is not a folder; choose another place"
    case EACCES, EPERM, EROFS:
      reason = "the folder \(folder) does not let you write; choose another, or change its rights"
    case ENOSPC, EDQUOT: reason = "the disk is full; free some space and run again"
    case EISDIR: reason = "a folder of that name is in the way"
    default: reason = String(cString: strerror(code))
    }
    return .cannotWrite(path: url.path, reason: reason)
  }
}
