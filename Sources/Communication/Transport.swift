import Foundation

/// The connection of one rank to the others: messages of Float32, matched in the order in which they
/// were sent.
///
/// A rank is one of `rankCount` processes (or threads) that run the same program. An implementation
/// needs only these two calls; `Communicator` builds everything else from them, so that every
/// transport sends the same bytes and adds in the same order.
public protocol Transport: AnyObject {
  /// The number of this rank, from 0.
  var rank: Int { get }
  var rankCount: Int { get }

  /// Starts to send. The elements must stay unchanged where they are until the transfer is done.
  func startSend(
    _ elements: UnsafeBufferPointer<Float>, to rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer

  /// Starts to receive exactly as many elements as the other rank sends with this tag.
  func startReceive(
    into elements: UnsafeMutableBufferPointer<Float>, from rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer
}

/// A send or a receive that was started.
public protocol StartedTransfer: AnyObject {
  /// Waits at most `seconds` for the end of the transfer.
  /// - Returns: whether it is done.
  func wait(atMost seconds: Double) throws(TransportError) -> Bool
}

/// An error of the layer that moves the bytes, in its own words.
public struct TransportError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}

/// A rank that cannot go on, because another one is not there.
public enum RankError: Error, Equatable, CustomStringConvertible {
  /// The peer sent or took nothing in time.
  case timedOut(rank: Int, peer: Int, isSend: Bool, seconds: Double, activity: String)
  /// The transport has failed.
  case failed(rank: Int, peer: Int, reason: String, activity: String)

  public var description: String {
    switch self {
    case .timedOut(let rank, let peer, let isSend, let seconds, let activity):
      """
      Rank \(rank) waited \(seconds.formatted()) s \(isSend ? "to send to" : "for") rank \(peer) in \
      \(activity). Rank \(peer) hangs, is much slower, or cannot be reached. Look at its host, or \
      allow more time with --time-out.
      """
    case .failed(let rank, let peer, let reason, let activity):
      """
      Rank \(rank) lost rank \(peer) in \(activity): \(reason). Look at the host of rank \(peer), \
      then start again.
      """
    }
  }
}
