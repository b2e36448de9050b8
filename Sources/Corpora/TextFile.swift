import Foundation
import SystemSupport

/// A file that is read as a text: opened, known to be regular and not empty, and small enough.
///
/// The text is read into memory once, in pieces, straight into its array. It is not mapped: if the
/// file were truncated during a run, the next access to a map would end the process with SIGBUS, and
/// if it were changed, the text would no longer be the one of the checksum. The price is memory of
/// the size of the file. So a file that is too large is refused before it is read.
public struct TextFile: ~Copyable {
  private let url: URL
  private let handle: Int32
  private let before: stat
  private var byteCount: Int { Int(before.st_size) }

  /// The largest text in bytes: half of the memory that this process may use. The rest is for the
  /// models.
  public static var largestByteCount: Int { HostLimits.current.memory.amount / 2 }

  /// Opens a file and checks it. Nothing is read, except for a byte if the file reports no size.
  ///
  /// Pipes and devices are refused, because some of them have no end. Opening does not wait for the
  /// other end of a pipe.
  /// - Parameters:
  ///   - url: The file.
  ///   - largest: The largest size in bytes.
  /// - Throws: `CorpusError.unreadable`, `.empty` or `.tooLarge`.
  public init(_ url: URL, largest: Int = largestByteCount) throws(CorpusError) {
    let path = url.path
    let handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard handle >= 0 else { throw .unreadable(file: path, reason: SystemError.last.description) }
    let status: stat
    do throws(CorpusError) {
      status = try Self.status(of: handle, path)
      let kind = status.st_mode & S_IFMT
      guard kind != S_IFDIR else { throw .unreadable(file: path, reason: "it is a folder") }
      guard kind == S_IFREG else {
        throw .unreadable(file: path, reason: "it is not a regular file")
      }
      if status.st_size <= 0 { throw Self.fileWithoutSize(handle, path) }
      guard status.st_size <= largest else {
        throw .tooLarge(file: path, bytes: Int(status.st_size), allowedBytes: largest)
      }
    } catch {
      close(handle)
      throw error
    }
    (self.url, self.handle, before) = (url, handle, status)
  }

  deinit { close(handle) }

  /// Reads the whole file.
  /// - Complexity: memory: the size of the file, once.
  /// - Throws: `CorpusError.unreadable`, also for a file that changes while it is read, and
  ///   `.noMemory`.
  public func bytes() throws(CorpusError) -> [UInt8] {
    try requireMemory(byteCount, for: url.path)
    var problem: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      while count < byteCount, problem == nil {
        let wanted = min(byteCount - count, 16 << 20)
        let received = read(handle, buffer.baseAddress.map { $0 + count }, wanted)
        if received > 0 {
          count += received
        } else if received == 0 {
          problem = Self.changed
        } else if errno != EINTR {
          problem = SystemError.last.description
        }
      }
    }
    let after = try Self.status(of: handle, url.path)
    if problem == nil, after.st_size != before.st_size || modified(after) != modified(before) {
      problem = Self.changed
    }
    if let problem { throw .unreadable(file: url.path, reason: problem) }
    return bytes
  }

  private static let changed = "it was changed by another program while it was read"

  private static func status(of handle: Int32, _ path: String) throws(CorpusError) -> stat {
    var status = stat()
    guard fstat(handle, &status) == 0 else {
      throw .unreadable(file: path, reason: SystemError.last.description)
    }
    return status
  }

  /// Some files of the system report a size of 0 and still have content.
  private static func fileWithoutSize(_ handle: Int32, _ path: String) -> CorpusError {
    var byte: UInt8 = 0
    let count = read(handle, &byte, 1)
    if count < 0 { return .unreadable(file: path, reason: SystemError.last.description) }
    return count == 0
      ? .empty(file: path)
      : .unreadable(file: path, reason: "its size is unknown; copy it to another file first")
  }
}

/// Checks that the system still gives memory of this size. An array that cannot be allocated would
/// end the process without a sentence.
/// - Throws: `CorpusError.noMemory`.
package func requireMemory(_ byteCount: Int, for file: String) throws(CorpusError) {
  let (size, overflows) = byteCount.addingReportingOverflow(1 << 20)
  guard !overflows,
    let probe = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | mapAnonymous, -1, 0),
    probe != UnsafeMutableRawPointer(bitPattern: -1)
  else { throw .noMemory(file: file, bytes: byteCount) }
  munmap(probe, size)
}

#if canImport(Darwin)
  private let mapAnonymous = MAP_ANON
  private func modified(_ status: stat) -> [Int] {
    [status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec]
  }
#else
  private let mapAnonymous = MAP_ANONYMOUS
  private func modified(_ status: stat) -> [Int] {
    [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
  }
#endif
