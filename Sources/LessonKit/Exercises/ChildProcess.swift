import Foundation

/// Another program, run to its end or stopped after a time, its streams kept in files so that no
/// pipe can fill up.
///
/// It is started by the system's own call: Foundation's `Process` waits on a socket, and hangs on a
/// machine whose network is down to the loopback. The program leads a group of its own, so that
/// what it starts is stopped with it.
struct ChildProcess {
  /// How it ended.
  enum End: Equatable {
    case left(Int32)
    case signal(Int32)
    case stopped
  }

  let program: URL
  let arguments: [String]
  var environment: [String: String] = [:]
  var folder: URL
  /// `NAME.out` and `NAME.err` in the folder.
  let name: String

  var out: URL { folder.appendingPathComponent(name + ".out") }
  var err: URL { folder.appendingPathComponent(name + ".err") }

  func run(seconds: Double) throws -> End {
    let id = try start()
    RunningChildren.shared.add(id)
    defer { RunningChildren.shared.remove(id) }
    let deadline = ContinuousClock.now + .seconds(seconds)
    var status: Int32 = 0
    var isStopped = false
    while true {
      let answer = waitpid(id, &status, WNOHANG)
      if answer == id { break }
      if answer < 0, errno != EINTR { return .stopped }
      if !isStopped, ContinuousClock.now > deadline {
        isStopped = true
        kill(-id, SIGKILL)
      }
      usleep(4000)
    }
    // What it started and left behind.
    kill(-id, SIGKILL)
    if isStopped { return .stopped }
    let signal = status & 0x7F
    return signal == 0 ? .left(status >> 8 & 0xFF) : .signal(signal)
  }

  /// The first of what it wrote; a program may write without end.
  func text(_ file: URL, atMost bytes: Int = 20_000) -> String {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return "" }
    defer { try? handle.close() }
    let data = (try? handle.read(upToCount: bytes)) ?? nil
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  private func start() throws(WorkbookError) -> pid_t {
    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #else
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, out.path, flags, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, err.path, flags, 0o644)
    // Signals that this program ignores are not to be ignored by the other.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGPIPE] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))

    let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var words = ([program.path] + arguments).map { strdup($0) } + [nil]
    var settings = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var id: pid_t = 0
    let answer = posix_spawn(&id, program.path, &actions, &attributes, &words, &settings)
    guard answer == 0 else {
      throw WorkbookError(
        path: program.path, trouble: "cannot be started: \(String(cString: strerror(answer)))")
    }
    return id
  }
}

/// Programs under way, so that leaving in the middle leaves none behind.
package final class RunningChildren: @unchecked Sendable {
  package static let shared = RunningChildren()
  private let lock = NSLock()
  private var ids: Set<pid_t> = []

  func add(_ id: pid_t) { _ = lock.withLock { ids.insert(id) } }
  func remove(_ id: pid_t) { _ = lock.withLock { ids.remove(id) } }

  /// Called when the learner leaves with Ctrl-C.
  package func stopAll() {
    for id in lock.withLock({ ids }) { kill(-id, SIGKILL) }
  }
}
