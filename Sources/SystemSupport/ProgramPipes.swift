import CSystem
import Foundation

/// The three pipes between this process and a program.
///
/// This process's ends do not block and no other program inherits them. One that did would keep a
/// pipe open, and its reader waiting, for as long as it lives.
struct ProgramPipes {
  struct Ends {
    var read: Int32 = -1
    var write: Int32 = -1
  }

  var input = Ends()
  var output = Ends()
  var errors = Ends()

  init(path: String) throws(ProgramError) {
    do throws(SystemError) {
      input = try Self.pipe()
      output = try Self.pipe()
      errors = try Self.pipe()
    } catch {
      closeAll()
      throw .cannotStart(path: path, reason: error.description)
    }
    for handle in [input.write, output.read, errors.read] {
      _ = fcntl(handle, F_SETFL, fcntl(handle, F_GETFL) | O_NONBLOCK)
      #if canImport(Darwin)
        _ = fcntl(handle, F_SETNOSIGPIPE, 1)
      #endif
    }
  }

  /// Starts the program with the pipes as its standard streams.
  func start(_ program: Program) throws(ProgramError) -> pid_t {
    try program.launch(
      program.limits == nil ? lclStartInGroup : lclStartSupervised,
      streams: (input.read, output.write, errors.write))
  }

  func closeChildEnds() { closeHandles([input.read, output.write, errors.write]) }

  func closeAll() {
    closeChildEnds()
    closeHandles([input.write, output.read, errors.read])
  }

  private func closeHandles(_ handles: [Int32]) {
    for handle in handles where handle >= 0 { close(handle) }
  }

  private static func pipe() throws(SystemError) -> Ends {
    var ends: [Int32] = [-1, -1]
    guard lclClosedOnExecPipe(&ends) == 0 else { throw SystemError(code: errno) }
    return Ends(read: ends[0], write: ends[1])
  }
}

extension Program {
  /// Starts the program with these descriptors as its standard streams; -1 is /dev/null.
  func launch(
    _ how: lclStart, streams: (Int32, Int32, Int32), noticeMilliseconds: Int32 = 0
  ) throws(ProgramError) -> pid_t {
    let environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Absolute, because the working folder changes before the program is looked up.
    let path = strdup(url.absoluteURL.path)
    let folder = folder.map { strdup($0.path) } ?? nil
    var words = ([url.absoluteURL.path] + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + variables + [path, folder] { free(text) } }
    let memory = limits?.memoryBytes ?? 0
    let (id, code) = words.withUnsafeMutableBufferPointer { words in
      variables.withUnsafeMutableBufferPointer { variables in
        var start = lclProgram(
          path: path, arguments: words.baseAddress, environment: variables.baseAddress,
          folder: folder, streams: streams,
          processorSeconds: Int64(limits?.processorSeconds ?? 0),
          fileBytes: Int64(limits?.outputBytes ?? 0),
          addressBytes: Int64(memory * Limits.addressesPerByte),
          noticeMilliseconds: noticeMilliseconds)
        let id = lclStartProgram(&start, how)
        return (id, errno)
      }
    }
    guard id >= 0 else {
      throw .cannotStart(path: url.absoluteURL.path, reason: SystemError(code: code).description)
    }
    return id
  }
}

/// Writes to a pipe whose reader may have exited. The result is then the error EPIPE instead of
/// SIGPIPE, which would end this process. Only this thread's signal mask changes, and only for the
/// time of the call.
/// - Returns: the number of bytes written, or -1 with `errno` set.
func writeIgnoringBrokenPipe(_ data: Data, to handle: Int32) -> Int {
  #if canImport(Darwin)
    return data.withUnsafeBytes { write(handle, $0.baseAddress, $0.count) }
  #else
    var brokenPipe = sigset_t()
    var pending = sigset_t()
    var previous = sigset_t()
    sigemptyset(&brokenPipe)
    sigaddset(&brokenPipe, SIGPIPE)
    sigpending(&pending)
    let wasPending = sigismember(&pending, SIGPIPE) == 1
    pthread_sigmask(SIG_BLOCK, &brokenPipe, &previous)
    let count = data.withUnsafeBytes { write(handle, $0.baseAddress, $0.count) }
    let code = errno
    if count < 0, code == EPIPE, !wasPending {
      var noWait = timespec()
      sigtimedwait(&brokenPipe, nil, &noWait)
    }
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    errno = code
    return count
  #endif
}

/// The first bytes of a stream, up to a limit.
struct CapturedBytes {
  let limit: Int
  private(set) var data = Data()
  /// Bytes that were received, with those that were dropped.
  private(set) var received = 0

  var isTruncated: Bool { received > limit }

  init(limit: Int) { self.limit = limit }

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    received += bytes.count
    data.append(contentsOf: bytes.prefix(max(0, limit - data.count)))
  }

  /// Removes the first whole line; nil if there is none.
  mutating func takeLine() -> Data? {
    guard let end = data.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = Data(data[..<end])
    data = Data(data[(end + 1)...])
    return line
  }

  /// Removes everything; nil if there is nothing.
  mutating func takeRest() -> Data? {
    guard !data.isEmpty else { return nil }
    defer { data = Data() }
    return data
  }
}
