import Dispatch
import TensorCore

/// Messages between the ranks of a program, and the number of bytes that this rank has sent.
///
/// Tensors must be in main memory. All ranks make the same calls in the same order. Nothing throws:
/// a rank that has lost another cannot go on, so `onFailure` reports the error and ends the
/// program. That is also MPI's own default (`MPI_ERRORS_ARE_FATAL`).
///
/// A message's bytes are counted when its send is started, 4 per element, without what the network
/// adds. A rank that sends to itself is not counted, because nothing is sent.
public final class Communicator {
  /// What bytes were sent for.
  public enum Operation: String, CaseIterable, Codable, Sendable {
    case pointToPoint, allReduce, allGather, allToAll, broadcast, barrier
  }

  /// The number of this rank, from 0.
  public let rank: Int
  public let rankCount: Int
  /// Seconds after which a rank that waits gives up.
  public let timeOut: Double
  /// What this rank does now, for the sentence of an error: "round 2 of the ring".
  public var activity = "the start"
  /// Bytes that this rank has sent.
  public private(set) var sentBytes: [Operation: Int] = [:]
  /// Seconds in which this rank waited for transfers and did nothing else.
  public private(set) var waitedSeconds = 0.0

  private let transport: any Transport
  private let onFailure: (RankError) -> Never

  /// - Parameters:
  ///   - transport: the connection to the other ranks.
  ///   - timeOut: seconds after which a rank that waits gives up.
  ///   - onFailure: reports the error and ends the program.
  public init(
    _ transport: any Transport, timeOut: Double = 60,
    onFailure: @escaping (RankError) -> Never = { preconditionFailure("\($0)") }
  ) {
    self.transport = transport
    (rank, rankCount) = (transport.rank, transport.rankCount)
    self.timeOut = timeOut
    self.onFailure = onFailure
  }

  /// All bytes that this rank has sent.
  public var totalSentBytes: Int { sentBytes.values.reduce(0, +) }

  /// Sets the counts of bytes and of waiting to 0.
  public func resetCounters() {
    sentBytes = [:]
    waitedSeconds = 0
  }

  /// The rank that is `distance` behind this one in the ring; with a negative distance, before it.
  public func neighbor(_ distance: Int) -> Int {
    ((rank + distance) % rankCount + rankCount) % rankCount
  }

  // MARK: Messages

  /// Starts to send a tensor to another rank, which keeps the tensor alive until the transfer is done.
  ///
  /// Do not change the tensor before `wait()`.
  public func startSend(_ tensor: Tensor, to rank: Int, tag: Int = 0) -> Transfer {
    start(send: tensor.elements, of: tensor.storage, to: rank, tag: tag, .pointToPoint)
  }

  /// Starts to receive a tensor of the same number of elements as the one sent.
  ///
  /// Do not read the tensor before `wait()`.
  public func startReceive(into tensor: Tensor, from rank: Int, tag: Int = 0) -> Transfer {
    start(receive: tensor.elements, of: tensor.storage, from: rank, tag: tag)
  }

  /// Starts to send one tensor and to receive another. Unlike a send that is followed by a receive,
  /// no order of the ranks can make it wait forever.
  public func startExchange(
    _ tensor: Tensor, to: Int, into target: Tensor, from: Int, tag: Int = 0
  ) -> Transfers {
    let receive = startReceive(into: target, from: from, tag: tag)
    return Transfers([receive, startSend(tensor, to: to, tag: tag)])
  }

  public func send(_ tensor: Tensor, to rank: Int, tag: Int = 0) {
    startSend(tensor, to: rank, tag: tag).wait()
  }

  public func receive(into tensor: Tensor, from rank: Int, tag: Int = 0) {
    startReceive(into: tensor, from: rank, tag: tag).wait()
  }

  public func exchange(
    _ tensor: Tensor, to: Int, into target: Tensor, from: Int, tag: Int = 0
  ) {
    startExchange(tensor, to: to, into: target, from: from, tag: tag).wait()
  }

  // MARK: Elements in memory that `owner` keeps alive

  func start(
    send elements: UnsafeMutableBufferPointer<Float>, of owner: AnyObject, to peer: Int, tag: Int,
    _ operation: Operation
  ) -> Transfer {
    requirePeer(peer)
    sentBytes[operation, default: 0] += elements.count * MemoryLayout<Float>.stride
    do throws(TransportError) {
      let started = try transport.startSend(UnsafeBufferPointer(elements), to: peer, tag: tag)
      return Transfer(started, owner: owner, peer: peer, isSend: true, self)
    } catch {
      fail(peer: peer, error)
    }
  }

  func start(
    receive elements: UnsafeMutableBufferPointer<Float>, of owner: AnyObject, from peer: Int,
    tag: Int
  ) -> Transfer {
    requirePeer(peer)
    do throws(TransportError) {
      let started = try transport.startReceive(into: elements, from: peer, tag: tag)
      return Transfer(started, owner: owner, peer: peer, isSend: false, self)
    } catch {
      fail(peer: peer, error)
    }
  }

  private func requirePeer(_ peer: Int) {
    precondition(
      peer != rank && (0..<rankCount).contains(peer),
      "communicator: rank \(rank) of \(rankCount) sends to or receives from rank \(peer)")
  }

  fileprivate func wait(for transfer: Transfer, _ started: any StartedTransfer) {
    let start = DispatchTime.now().uptimeNanoseconds
    do throws(TransportError) {
      guard try started.wait(atMost: timeOut) else {
        onFailure(
          .timedOut(
            rank: rank, peer: transfer.peer, isSend: transfer.isSend, seconds: timeOut,
            activity: activity))
      }
    } catch {
      fail(peer: transfer.peer, error)
    }
    waitedSeconds += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
  }

  private func fail(peer: Int, _ error: TransportError) -> Never {
    onFailure(.failed(rank: rank, peer: peer, reason: error.description, activity: activity))
  }
}

/// A send or receive in progress. It keeps the memory alive, and waits for its end when it goes away.
public final class Transfer {
  let peer: Int
  let isSend: Bool
  private var started: (any StartedTransfer)?
  private let owner: AnyObject
  private let communicator: Communicator

  init(
    _ started: any StartedTransfer, owner: AnyObject, peer: Int, isSend: Bool,
    _ communicator: Communicator
  ) {
    self.started = started
    self.owner = owner
    self.peer = peer
    self.isSend = isSend
    self.communicator = communicator
  }

  deinit { wait() }

  /// Waits for the end of the transfer; again, it returns at once.
  public func wait() {
    guard let started else { return }
    communicator.wait(for: self, started)
    self.started = nil
  }
}

/// Several transfers in progress.
public struct Transfers {
  private let all: [Transfer]

  init(_ all: [Transfer]) {
    self.all = all
  }

  /// Waits for the end of all of them.
  public func wait() {
    for transfer in all { transfer.wait() }
  }
}

extension Tensor {
  /// The elements of a tensor in main memory.
  var elements: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: hostPointer, count: count)
  }
}
