import Foundation

/// Replaces a file atomically: readers see all of the new content or none of it.
///
/// The new content goes to a file in the same folder, which is then renamed. A reader sees the old
/// file or the new one, and a failure leaves the old one unchanged and no temporary file.
///
/// A file that is replaced keeps its permissions, its group and, where the system allows it, its
/// owner; other names of it (hard links) keep the old content. A new file gets the permissions of
/// the process's umask. Only a regular file is replaced: a folder, a device, a FIFO or a socket is
/// refused, and so is a file that this user may not write.
public struct AtomicFile {
  /// How bytes reach a file descriptor; tests put a full disk here.
  public typealias Write = (Int32, UnsafeRawPointer, Int) -> Int

  /// What happens if the path is a symbolic link.
  public enum Links: Sendable {
    /// It is an error. For all files whose names `lab` chooses: their folder may come from somebody
    /// else, and a link in it could name any file of this user.
    case refused
    /// The file that the link names is replaced or created, as `>` of a shell does it. For a path
    /// that the user typed.
    case followed
  }

  private let handle: Int32
  private let write: Write

  /// Replaces the file at `url` by `data`.
  /// - Throws: `SystemError`.
  public static func write(
    _ data: Data, to url: URL, links: Links = .refused, by write: @escaping Write = systemWrite
  ) throws(SystemError) {
    try replace(url, links: links, by: write) { file throws(SystemError) in try file.append(data) }
  }

  /// Replaces the file at `url` by what `body` appends, for content that is made in parts.
  /// - Parameters:
  ///   - url: The file.
  ///   - links: What happens if it is a symbolic link.
  ///   - synchronizes: Whether the content is forced to the disk before the rename, so that it also
  ///     survives a loss of power.
  ///   - write: How bytes are written.
  ///   - body: Appends the new content.
  /// - Throws: `SystemError`.
  public static func replace(
    _ url: URL, links: Links = .refused, synchronizes: Bool = false,
    by write: @escaping Write = systemWrite, _ body: (AtomicFile) throws(SystemError) -> Void
  ) throws(SystemError) {
    let target = try Target(url, links)
    let folder = URL(fileURLWithPath: target.path).deletingLastPathComponent()
    let (partial, handle) = try createPartial(in: folder)
    do throws(SystemError) {
      do throws(SystemError) {
        try target.keepPermissions(handle)
        try body(AtomicFile(handle: handle, write: write))
        if synchronizes, fsync(handle) != 0 { throw .last }
      } catch {
        close(handle)
        throw error
      }
      // A disk may report only now that it is full.
      guard close(handle) == 0 else { throw .last }
      guard rename(partial, target.path) == 0 else { throw .last }
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// Checks, without changing anything, that the path names no existing file or one that may be
  /// replaced.
  /// - Throws: `SystemError`, with the reason why `write` would refuse.
  public static func check(_ url: URL, links: Links = .refused) throws(SystemError) {
    _ = try Target(url, links)
  }

  /// Checks that files can be created in a folder and that the disk has some space, by writing a
  /// small file and removing it.
  public static func checkFolder(_ folder: URL) throws(SystemError) {
    let (partial, handle) = try createPartial(in: folder)
    defer {
      close(handle)
      unlink(partial)
    }
    try AtomicFile(handle: handle, write: systemWrite).append(Data("probe".utf8))
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

  /// A new, empty file beside the target. Its name does not contain the target's, which may already
  /// have the greatest length.
  private static func createPartial(
    in folder: URL
  ) throws(SystemError) -> (path: String, handle: Int32) {
    let path = folder.appendingPathComponent(".lab-\(UUID().uuidString).partial").path
    let handle = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard handle >= 0 else {
      let error = SystemError.last
      // As in /proc: the folder is there, and still no name in it can be created.
      let isThere = error.code == ENOENT && access(folder.path, F_OK) == 0
      throw isThere
        ? SystemError(code: EPERM, reason: "No file can be created in \(folder.path)") : error
    }
    return (path, handle)
  }
}

/// The file that a write replaces or creates.
private struct Target {
  let path: String
  /// Nil if there is no file yet.
  private let existing: stat?

  init(_ url: URL, _ links: AtomicFile.Links) throws(SystemError) {
    path = try Self.resolved(url.path, links)
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw .last }
      existing = nil
      return
    }
    if let problem = notRegular(status) { throw problem }
    guard access(path, W_OK) == 0 else { throw .last }
    existing = status
  }

  /// The path at the end of a chain of symbolic links; that file need not exist.
  private static func resolved(
    _ path: String, _ links: AtomicFile.Links
  ) throws(SystemError) -> String {
    var path = path
    for _ in 0..<40 {
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
      guard links == .followed else { throw .symbolicLink }
      // A link in /proc/self/fd can stand for a pipe that has no path.
      if stat(path, &status) == 0, let problem = notRegular(status) { throw problem }
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        throw SystemError(code: EACCES)
      }
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      path = next.hasPrefix("/") ? next : folder.appendingPathComponent(next).path
    }
    throw SystemError(code: ELOOP)
  }

  /// Gives the new file the owner, group and permissions of the one that it replaces.
  func keepPermissions(_ handle: Int32) throws(SystemError) {
    guard let existing else { return }
    var new = stat()
    guard fstat(handle, &new) == 0 else { throw .last }
    var mode = existing.st_mode & 0o7777
    if (new.st_uid, new.st_gid) != (existing.st_uid, existing.st_gid),
      fchown(handle, existing.st_uid, existing.st_gid) != 0
    {
      // Only root may give a file away. The group can be kept by its members.
      _ = fchown(handle, uid_t.max, existing.st_gid)
      mode &= 0o777
    }
    guard new.st_mode & 0o7777 == mode || fchmod(handle, mode) == 0 else { throw .last }
  }
}

/// The reason why a file is not a regular file; nil if it is one.
private func notRegular(_ status: stat) -> SystemError? {
  switch status.st_mode & S_IFMT {
  case S_IFREG: nil
  case S_IFDIR: SystemError(code: EISDIR)
  case S_IFCHR, S_IFBLK: SystemError(code: EINVAL, reason: "It is a device, not a file")
  case S_IFIFO: SystemError(code: EINVAL, reason: "It is a pipe, not a file")
  case S_IFSOCK: SystemError(code: EINVAL, reason: "It is a socket, not a file")
  default: SystemError(code: EINVAL, reason: "It is not a regular file")
  }
}

extension SystemError {
  static var symbolicLink: SystemError {
    SystemError(code: ELOOP, reason: "It is a symbolic link, and links are not followed here")
  }
}

/// Reads a whole file that may come from somebody else.
public enum RegularFile {
  /// The bytes of a file.
  ///
  /// A symbolic link is refused, because it could name any file of this user; so is a device or a
  /// FIFO, which might have no end.
  /// - Parameters:
  ///   - url: The file.
  ///   - byteLimit: The greatest size that is read.
  ///   - links: What happens if it is a symbolic link. `.followed` is for the user's own files.
  /// - Returns: its bytes.
  /// - Complexity: O(n) time and memory.
  /// - Throws: `SystemError`.
  public static func read(
    _ url: URL, byteLimit: Int, links: AtomicFile.Links = .refused
  ) throws(SystemError) -> Data {
    let file = try Reader(url, links: links)
    guard file.byteCount <= byteLimit else {
      throw SystemError(
        code: EFBIG, reason: "It has \(file.byteCount) bytes, and at most \(byteLimit) are read")
    }
    return try file.read(upTo: file.byteCount)
  }

  /// A regular file that is open for reading, for files of which only the beginning is needed.
  public final class Reader {
    private let handle: Int32
    /// The size of the file when it was opened.
    public let byteCount: Int

    /// Opens a file.
    /// - Parameters:
    ///   - url: The file.
    ///   - links: What happens if it is a symbolic link.
    /// - Throws: `SystemError`.
    public init(_ url: URL, links: AtomicFile.Links = .refused) throws(SystemError) {
      // Without O_NONBLOCK, opening a FIFO waits for somebody who writes to it.
      let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | (links == .refused ? O_NOFOLLOW : 0)
      let handle = open(url.path, flags)
      guard handle >= 0 else {
        throw errno == ELOOP && links == .refused ? .symbolicLink : .last
      }
      var status = stat()
      let problem = fstat(handle, &status) == 0 ? notRegular(status) : SystemError.last
      if let problem {
        close(handle)
        throw problem
      }
      self.handle = handle
      byteCount = Int(status.st_size)
    }

    deinit { close(handle) }

    /// The next bytes: `count` of them, or fewer at the end of the file.
    /// - Complexity: O(n) time and memory.
    /// - Throws: `SystemError`.
    public func read(upTo count: Int) throws(SystemError) -> Data {
      try read(upTo: count) { [handle] bytes, count, _ in readBytes(handle, bytes, count) }
    }

    /// The bytes from `offset` on: `count` of them, or fewer at the end of the file. It does not change
    /// what `read(upTo:)` reads next.
    /// - Complexity: O(n) time and memory.
    /// - Throws: `SystemError`.
    public func read(at offset: Int, upTo count: Int) throws(SystemError) -> Data {
      try read(upTo: count) { [handle] bytes, count, done in
        pread(handle, bytes, count, off_t(offset + done))
      }
    }

    private func read(
      upTo count: Int, _ readMore: (UnsafeMutableRawPointer, Int, _ done: Int) -> Int
    ) throws(SystemError) -> Data {
      var data = Data(count: count)
      var done = 0
      var code: Int32 = 0
      data.withUnsafeMutableBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        while done < bytes.count, code == 0 {
          let count = readMore(start + done, bytes.count - done, done)
          if count == 0 { return }
          if count > 0 { done += count } else if errno != EINTR { code = errno }
        }
      }
      if code != 0 { throw SystemError(code: code) }
      // Another program may have cut the file meanwhile.
      return data.prefix(done)
    }
  }
}

/// Outside the types, because inside them `write` and `read` would mean the types' methods.
private func writeBytes(_ handle: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(handle, bytes, count)
}

private func readBytes(_ handle: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(handle, bytes, count)
}
