import Foundation

/// Another program, run to its end or stopped after a time, its streams kept in files so that no
/// pipe can fill up.
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
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try emptied(out)
    process.standardError = try emptied(err)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    let id = process.processIdentifier
    RunningChildren.shared.add(id)
    defer { RunningChildren.shared.remove(id) }
    let isInTime = ended.wait(timeout: .now() + seconds) == .success
    if !isInTime {
      kill(id, SIGKILL)
      ended.wait()
    }
    process.waitUntilExit()
    guard isInTime else { return .stopped }
    return process.terminationReason == .exit
      ? .left(process.terminationStatus) : .signal(process.terminationStatus)
  }

  /// The first of what it wrote; a program may write without end.
  func text(_ file: URL, atMost bytes: Int = 20_000) -> String {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return "" }
    defer { try? handle.close() }
    let data = (try? handle.read(upToCount: bytes)) ?? nil
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  private func emptied(_ file: URL) throws -> FileHandle {
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }
}

/// Programs under way, so that leaving in the middle leaves none behind.
package final class RunningChildren: @unchecked Sendable {
  package static let shared = RunningChildren()
  private let lock = NSLock()
  private var ids: Set<Int32> = []

  func add(_ id: Int32) { _ = lock.withLock { ids.insert(id) } }
  func remove(_ id: Int32) { _ = lock.withLock { ids.remove(id) } }

  /// Called when the learner leaves with Ctrl-C.
  package func stopAll() {
    for id in lock.withLock({ ids }) { kill(id, SIGKILL) }
  }
}
