import Foundation

/// A failed call of the operating system.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  public let code: Int32

  public init(code: Int32) { self.code = code }

  /// The system's text, such as "No space left on device".
  public var description: String { String(cString: strerror(code)) }
}

/// Replaces a file atomically: readers see all of the new content or none of it.
///
/// The new content goes to a file in the same folder, which is then renamed. A reader sees the old
/// file or the new one, and a failure leaves the old one unchanged and no temporary file.
public struct AtomicFile {
  /// How bytes reach a file descriptor; tests put a full disk here.
  public typealias Write = (Int32, UnsafeRawPointer, Int) -> Int

  private let handle: Int32
  private let write: Write

  /// Replaces the file at `url` by `data`.
  /// - Throws: `SystemError`.
  public static func write(
    _ data: Data, to url: URL, by write: @escaping Write = systemWrite
  ) throws(SystemError) {
    try replace(url, by: write) { file throws(SystemError) in try file.append(data) }
  }

  /// Replaces the file at `url` by what `body` appends, for content that is made in parts.
  /// - Parameters:
  ///   - url: The file.
  ///   - synchronizes: Whether the content is forced to the disk before the rename, so that it also
  ///     survives a loss of power.
  ///   - write: How bytes are written.
  ///   - body: Appends the new content.
  /// - Throws: `SystemError`.
  public static func replace(
    _ url: URL, synchronizes: Bool = false, by write: @escaping Write = systemWrite,
    _ body: (AtomicFile) throws(SystemError) -> Void
  ) throws(SystemError) {
    let partial = url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString).partial").path
    let handle = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard handle >= 0 else { throw SystemError(code: errno) }
    do throws(SystemError) {
      do throws(SystemError) {
        try body(AtomicFile(handle: handle, write: write))
        if synchronizes, fsync(handle) != 0 { throw SystemError(code: errno) }
      } catch {
        close(handle)
        throw error
      }
      // A disk may report only now that it is full.
      guard close(handle) == 0 else { throw SystemError(code: errno) }
      guard rename(partial, url.path) == 0 else { throw SystemError(code: errno) }
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// Appends to the new content.
  public func append(_ data: Data) throws(SystemError) {
    var code: Int32 = 0
    data.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      var done = 0
      while done < bytes.count, code == 0 {
        let count = write(handle, start + done, bytes.count - done)
        if count >= 0 { done += count } else if errno != EINTR { code = errno }
      }
    }
    if code != 0 { throw SystemError(code: code) }
  }

  /// The system's own `write`.
  public static let systemWrite: Write = { handle, bytes, count in
    writeBytes(handle, bytes, count)
  }
}

/// Outside the type, because inside it `write` would mean the type's method.
private func writeBytes(_ handle: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(handle, bytes, count)
}
