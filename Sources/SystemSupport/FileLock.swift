import Foundation

/// An advisory lock on a file: of all processes that lock the same path, one holds it at a time.
///
/// The file stays when the lock is released, and it is never removed here: a process that removes
/// a lock file can remove the one that another process has just locked. It contains the holder, for
/// the messages of the others.
///
/// The lock is that of `flock`, and not one of the two kinds of `fcntl`:
/// - The system releases it when the process ends, also after `kill -9`, and no other program
///   inherits it, since the file is closed on `exec`.
/// - POSIX record locks (`F_SETLK`) are lost as soon as the process closes any descriptor of the
///   file, and they do not exclude two users in one process. Open file description locks
///   (`F_OFD_SETLK`) have neither fault, but macOS has no public ones.
/// - On NFS, Linux (since 2.6.12) sends a `flock` to the server as a lock of the whole file, so it
///   holds between machines. On a mount with `nolock` it holds within one machine. Where a file
///   system has no locks at all, the error is `FileLockError.unsupported`.
public final class FileLock {
  private var handle: Int32
  private let isFolder: Bool

  /// Takes the lock, if no one holds it.
  ///
  /// The folder must exist; the file is created.
  /// - Parameters:
  ///   - url: The lock file. By convention its name begins with a dot and ends in `.lock`.
  ///   - command: What the holder does, for the messages of others.
  /// - Throws: `FileLockError`; it is `held` if someone holds the lock, in this process or another.
  public init(
    _ url: URL, command: String = FileLockHolder.currentCommand
  ) throws(FileLockError) {
    // Without O_NONBLOCK a FIFO of this name would wait for its other end.
    handle = try Self.lockedHandle(
      of: url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IFREG)
    isFolder = false
    write(FileLockHolder.current(command))
  }

  /// Takes the lock of a folder itself, which needs no other file. So nobody sees who holds it. NFS
  /// does not have such locks.
  /// - Throws: `FileLockError`.
  public init(folder url: URL) throws(FileLockError) {
    handle = try Self.lockedHandle(of: url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, S_IFDIR)
    isFolder = true
  }

  /// Takes the lock, and waits for it if someone holds it.
  /// - Parameters:
  ///   - url: The lock file.
  ///   - seconds: The longest time to wait.
  ///   - command: What the holder does, for the messages of others.
  ///   - notice: Called once with a sentence, if there is something to wait for.
  /// - Returns: the lock.
  /// - Throws: `FileLockError`; it is `held` if someone holds the lock until the time is over.
  public static func wait(
    for url: URL, atMost seconds: Double, command: String = FileLockHolder.currentCommand,
    notice: (String) -> Void = { _ in }
  ) throws(FileLockError) -> FileLock {
    try wait(atMost: seconds, notice) { () throws(FileLockError) in
      try FileLock(url, command: command)
    }
  }

  /// Takes the lock of a folder, as `init(folder:)`, and waits for it if someone holds it.
  /// - Returns: the lock.
  /// - Throws: `FileLockError`.
  public static func wait(
    forFolder url: URL, atMost seconds: Double
  ) throws(FileLockError) -> FileLock {
    try wait(atMost: seconds, { _ in }) { () throws(FileLockError) in try FileLock(folder: url) }
  }

  private static func wait(
    atMost seconds: Double, _ notice: (String) -> Void,
    _ take: () throws(FileLockError) -> FileLock
  ) throws(FileLockError) -> FileLock {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var hasGivenNotice = false
    while true {
      do throws(FileLockError) {
        return try take()
      } catch .held(let path, let holder) {
        guard ContinuousClock.now < deadline else { throw .held(path: path, by: holder) }
        if !hasGivenNotice { notice("Waiting for \(holder.described), which uses \(path).") }
        hasGivenNotice = true
        usleep(20_000)
      }
    }
  }

  deinit { unlock() }

  /// Releases the lock. A second call does nothing.
  public func unlock() {
    guard handle >= 0 else { return }
    // Emptied first, so that no later message names this process.
    if !isFolder { ftruncate(handle, 0) }
    // A process that another thread is just starting may have a copy of the descriptor.
    flock(handle, LOCK_UN)
    close(handle)
    handle = -1
  }

  /// A descriptor of the file, with the lock.
  private static func lockedHandle(
    of path: String, _ flags: Int32, _ kind: mode_t
  ) throws(FileLockError) -> Int32 {
    while true {
      let handle = open(path, flags, 0o666)
      guard handle >= 0 else {
        let error = errno == ELOOP ? SystemError.symbolicLink : .last
        throw .cannotOpen(path: path, reason: error.description)
      }
      do throws(FileLockError) {
        try lock(handle, path, kind)
      } catch {
        close(handle)
        throw error
      }
      if isFile(handle, at: path) { return handle }
      // Someone has removed the file since it was opened: others lock a new one.
      close(handle)
    }
  }

  private static func lock(
    _ handle: Int32, _ path: String, _ kind: mode_t
  ) throws(FileLockError) {
    var facts = stat()
    guard fstat(handle, &facts) == 0, facts.st_mode & S_IFMT == kind else {
      throw .cannotOpen(path: path, reason: "it is not a regular file")
    }
    while flock(handle, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      switch code {
      case EINTR: continue
      case EWOULDBLOCK: throw .held(path: path, by: FileLockHolder(reading: handle))
      default: throw .unsupported(path: path, reason: SystemError(code: code).description)
      }
    }
  }

  private static func isFile(_ handle: Int32, at path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(handle, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  /// If the disk is full, the messages of other processes do not name the holder.
  private func write(_ holder: FileLockHolder) {
    guard let data = try? JSONEncoder().encode(holder) else { return }
    ftruncate(handle, 0)
    _ = data.withUnsafeBytes { pwrite(handle, $0.baseAddress, $0.count, 0) }
  }
}

/// The process that holds a lock.
public struct FileLockHolder: Codable, Equatable, Sendable {
  public var processID: Int32
  public var host: String
  /// The command line, or what the process does.
  public var command: String
  public var since: Date

  static func current(_ command: String) -> FileLockHolder {
    FileLockHolder(
      processID: getpid(), host: hostName, command: String(command.prefix(200)), since: Date())
  }

  /// The command line of this process, with the name of the program and without its path.
  public static var currentCommand: String {
    let words = CommandLine.arguments
    let name = words.first.map { ($0 as NSString).lastPathComponent } ?? "?"
    return ([name] + words.dropFirst()).shellCommand
  }

  /// The name of this machine, without a network request.
  public static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The holder that a lock file names; nil if it names none, as in the moment before it is written.
  init?(reading handle: Int32) {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = pread(handle, &bytes, bytes.count, 0)
    guard count > 0,
      let holder = try? JSONDecoder().decode(Self.self, from: Data(bytes.prefix(count)))
    else { return nil }
    self = holder
  }

  init(processID: Int32, host: String, command: String, since: Date) {
    (self.processID, self.host, self.command, self.since) = (processID, host, command, since)
  }
}

extension FileLockHolder: CustomStringConvertible {
  /// "process 4711 (lab run positions) since 2026-01-31 14:05:09". The file may be from anybody, so
  /// the text is short and on one row.
  public var description: String {
    let place = host == Self.hostName ? "" : " on \(host)"
    let text = "process \(processID)\(place) (\(command)) since \(Self.text(of: since))"
    return String(text.prefix(400)).terminalLine
  }

  /// A time in the time zone of this machine.
  private static func text(of date: Date) -> String {
    let seconds = date.timeIntervalSince1970
    guard abs(seconds) < 1e11 else { return "?" }
    var (time, fields) = (time_t(seconds), tm())
    localtime_r(&time, &fields)
    var bytes = [CChar](repeating: 0, count: 32)
    let count = strftime(&bytes, bytes.count, "%Y-%m-%d %H:%M:%S", &fields)
    return String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension FileLockHolder? {
  fileprivate var described: String { self?.description ?? "another process" }
}

/// A lock that cannot be taken.
public enum FileLockError: Error, Equatable, CustomStringConvertible {
  /// Someone else holds it; `by` is nil if the file does not say who.
  case held(path: String, by: FileLockHolder?)
  /// The lock file cannot be created or opened.
  case cannotOpen(path: String, reason: String)
  /// The file system has no locks.
  case unsupported(path: String, reason: String)

  public var description: String {
    switch self {
    case .held(let path, let holder):
      "\(path) is locked by \(holder.described). Wait until it has ended, then try again."
    case .cannotOpen(let path, let reason):
      "The lock file \(path) cannot be opened: \(reason)."
    case .unsupported(let path, let reason):
      "\(path) cannot be locked: \(reason). The file system may not support locks; use a folder "
        + "on another one."
    }
  }
}
