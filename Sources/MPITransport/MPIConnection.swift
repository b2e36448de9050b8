import CMPI
import Communication
import Foundation

/// The ranks that `mpiexec` started: MPI's `MPI_COMM_WORLD`. Without `mpiexec` there is one rank.
///
/// MPI moves a large message on only while a rank is inside one of its calls. So a thread of its own
/// makes all calls, and tests started transfers while the other threads compute; without it, a ring
/// over a network of 500 Mbit/s hid none of its sending behind the computation. As only that thread
/// calls MPI, every MPI's lowest level of threads is enough.
public final class MPIConnection: Transport {
  public let rank: Int
  public let rankCount: Int
  private let thread: MPIThread

  /// Starts MPI. A process can do that once.
  public init() throws(TransportError) {
    let thread = MPIThread()
    thread.start()
    let started = thread.perform { () -> (status: Int32, rank: Int32, count: Int32) in
      var (rank, count): (Int32, Int32) = (0, 0)
      let status = lclMPIStart(&rank, &count)
      return (status, rank, count)
    }
    try check(started.status)
    (rank, rankCount) = (Int(started.rank), Int(started.count))
    self.thread = thread
  }

  /// The name and version of the MPI library, one line.
  public static var library: String {
    let text = words { lclMPILibrary($0, $1) }
    return String(text.prefix { !$0.isNewline }).replacing("\t", with: " ")
  }

  /// Waits for all ranks and ends MPI.
  public func finish() throws(TransportError) {
    try check(thread.perform { lclMPIFinish() })
  }

  /// Ends all ranks at once; `mpiexec` ends with the status, or with one of its own.
  public func abort(status: Int32) -> Never {
    thread.perform { lclMPIAbort(status) }
    _exit(status)
  }

  public func startSend(
    _ elements: UnsafeBufferPointer<Float>, to rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer {
    let count = try messageCount(elements.count)
    return thread.start {
      lclMPISend(elements.baseAddress, count, Int32(rank), Int32(tag), &$0)
    }
  }

  public func startReceive(
    into elements: UnsafeMutableBufferPointer<Float>, from rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer {
    let count = try messageCount(elements.count)
    return thread.start {
      lclMPIReceive(elements.baseAddress, count, Int32(rank), Int32(tag), &$0)
    }
  }

  /// MPI counts elements in 32 bits.
  private func messageCount(_ count: Int) throws(TransportError) -> Int32 {
    guard let exact = Int32(exactly: count) else {
      throw TransportError(
        "a message of \(count) elements is larger than MPI's \(Int32.max); use more ranks")
    }
    return exact
  }
}

/// The thread that makes all calls of MPI.
private final class MPIThread: @unchecked Sendable {
  /// Starts a transfer and stores its handle.
  typealias Start = (_ handle: inout OpaquePointer?) -> Int32

  private let changed = NSCondition()
  private var calls: [() -> Void] = []
  /// Transfers to test; only this thread uses them.
  private var active: [MPITransfer] = []

  func start() {
    let thread = Thread { self.loop() }
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Makes a call on this thread, after those that were posted before, and waits for its result.
  func perform<Result>(_ call: @escaping () -> Result) -> Result {
    var result: Result?
    post { result = call() }
    return changed.withLock {
      while true {
        if let result { return result }
        changed.wait()
      }
    }
  }

  func start(_ start: @escaping Start) -> MPITransfer {
    let transfer = MPITransfer(changed)
    post { [self] in
      transfer.begin(start)
      active.append(transfer)
    }
    return transfer
  }

  private func post(_ call: @escaping () -> Void) {
    changed.withLock {
      calls.append(call)
      changed.broadcast()
    }
  }

  /// Between two tests that found nothing the thread gives way, and then sleeps for some 100 μs: the
  /// kernels, and the ranks that it waits for, may need the processor.
  private func loop() {
    var idleCount = 0
    while true {
      let next = changed.withLock {
        while calls.isEmpty && active.isEmpty { changed.wait() }
        defer { calls = [] }
        return calls
      }
      for call in next { call() }
      let count = active.count
      active.removeAll { $0.test() }
      if !next.isEmpty || active.count < count {
        idleCount = 0
        changed.withLock { changed.broadcast() }
      } else {
        idleCount += 1
        if idleCount < 50 { sched_yield() } else { usleep(30) }
      }
    }
  }
}

private final class MPITransfer: StartedTransfer, @unchecked Sendable {
  private let changed: NSCondition
  /// Used by MPI's thread only.
  private var handle: OpaquePointer?
  /// The result, under the lock of `changed`; nil while the transfer runs.
  private var status: Int32?

  init(_ changed: NSCondition) {
    self.changed = changed
  }

  deinit { lclMPIFree(handle) }

  func begin(_ start: MPIThread.Start) {
    let status = start(&handle)
    if status != 0 { changed.withLock { self.status = status } }
  }

  /// Whether the transfer has ended, well or not.
  func test() -> Bool {
    guard let handle else { return true }
    var isDone: Int32 = 0
    let status = lclMPITest(handle, &isDone)
    guard status != 0 || isDone != 0 else { return false }
    changed.withLock { self.status = status }
    return true
  }

  func wait(atMost seconds: Double) throws(TransportError) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    let status = changed.withLock { () -> Int32? in
      while self.status == nil {
        if !changed.wait(until: deadline) { break }
      }
      return self.status
    }
    guard let status else { return false }
    try check(status)
    return true
  }
}

/// Throws MPI's words for an error.
private func check(_ status: Int32) throws(TransportError) {
  guard status != 0 else { return }
  throw TransportError(words { lclMPIErrorText(status, $0, $1) })
}

private func words(_ write: (UnsafeMutablePointer<CChar>?, Int32) -> Void) -> String {
  var text = [CChar](repeating: 0, count: 1024)
  text.withUnsafeMutableBufferPointer { write($0.baseAddress, Int32($0.count)) }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
