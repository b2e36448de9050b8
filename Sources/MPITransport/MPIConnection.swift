import CMPI
import Communication
import Foundation

/// The ranks that `mpiexec` started: MPI's `MPI_COMM_WORLD`. Without `mpiexec` there is one rank.
///
/// Call it from one thread only.
public final class MPIConnection: Transport {
  public let rank: Int
  public let rankCount: Int

  /// Starts MPI. A process can do that once.
  public init() throws(TransportError) {
    var (rank, count): (Int32, Int32) = (0, 0)
    try check(lclMPIStart(&rank, &count))
    (self.rank, self.rankCount) = (Int(rank), Int(count))
  }

  /// The name and version of the MPI library, one line.
  public static var library: String {
    let text = words { lclMPILibrary($0, $1) }
    return String(text.prefix { !$0.isNewline })
  }

  /// Waits for all ranks and ends MPI.
  public func finish() throws(TransportError) { try check(lclMPIFinish()) }

  /// Ends all ranks at once; `mpiexec` ends with the status, or with one of its own.
  public static func abort(status: Int32) -> Never {
    lclMPIAbort(status)
    _exit(status)
  }

  public func startSend(
    _ elements: UnsafeBufferPointer<Float>, to rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer {
    var transfer: OpaquePointer?
    try check(
      lclMPISend(
        elements.baseAddress, try messageCount(elements.count), Int32(rank), Int32(tag), &transfer))
    return try MPITransfer(transfer)
  }

  public func startReceive(
    into elements: UnsafeMutableBufferPointer<Float>, from rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer {
    var transfer: OpaquePointer?
    try check(
      lclMPIReceive(
        elements.baseAddress, try messageCount(elements.count), Int32(rank), Int32(tag), &transfer))
    return try MPITransfer(transfer)
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

private final class MPITransfer: StartedTransfer {
  private let transfer: OpaquePointer

  init(_ transfer: OpaquePointer?) throws(TransportError) {
    guard let transfer else { throw TransportError("MPI started no transfer") }
    self.transfer = transfer
  }

  deinit { lclMPIFree(transfer) }

  /// Tests again and again. Between two tests the thread gives way, because there may be more ranks
  /// than processors, and the awaited rank may need this one.
  func wait(atMost seconds: Double) throws(TransportError) -> Bool {
    let deadline = DispatchTime.now().uptimeNanoseconds + UInt64(seconds * 1e9)
    var tests = 0
    while true {
      var isDone: Int32 = 0
      try check(lclMPITest(transfer, &isDone))
      if isDone != 0 { return true }
      tests += 1
      if tests < 100 { continue }
      if tests < 200 { sched_yield() } else { usleep(50) }
      if tests % 100 == 0, DispatchTime.now().uptimeNanoseconds > deadline { return false }
    }
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
