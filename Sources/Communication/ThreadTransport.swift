import Foundation

/// Ranks as threads of one process, which pass copies of their messages through its memory.
///
/// It needs no `mpiexec`, so most tests use it. Results and bytes are those of MPI, because the
/// operations above a transport are the same.
public final class ThreadTransport: Transport {
  public let rank: Int
  public var rankCount: Int { post.rankCount }
  private let post: PostOffice

  private init(_ post: PostOffice, rank: Int) {
    self.post = post
    self.rank = rank
  }

  /// The transports of all ranks of one group.
  public static func group(of rankCount: Int) -> [ThreadTransport] {
    precondition(rankCount > 0, "thread transport: \(rankCount) ranks")
    let post = PostOffice(rankCount: rankCount)
    return (0..<rankCount).map { ThreadTransport(post, rank: $0) }
  }

  public func startSend(
    _ elements: UnsafeBufferPointer<Float>, to rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer {
    post.put(Array(elements), in: .init(from: self.rank, to: rank, tag: tag))
    return Delivered()
  }

  public func startReceive(
    into elements: UnsafeMutableBufferPointer<Float>, from rank: Int, tag: Int
  ) throws(TransportError) -> any StartedTransfer {
    let box = PostOffice.Box(from: rank, to: self.rank, tag: tag)
    return Receipt(post, box, number: post.reserve(box), into: elements)
  }

  /// Runs `body` once per rank, each on a thread of its own, and returns the results by rank.
  ///
  /// - Throws: the error of the lowest rank that threw one. Ranks that wait for it then end with
  ///   the time-out of their communicator, so `body` should throw on all ranks or on none.
  public static func run<Result>(
    ranks rankCount: Int, timeOut: Double = 60, _ body: @escaping (Communicator) throws -> Result
  ) throws -> [Result] {
    let results = Results<Result>(count: rankCount)
    let threads = group(of: rankCount).map { transport in
      let thread = Thread {
        let result = Swift.Result { try body(Communicator(transport, timeOut: timeOut)) }
        results.set(result, at: transport.rank)
      }
      thread.stackSize = 16 << 20
      return thread
    }
    for thread in threads { thread.start() }
    return try results.waitForAll().map { try $0.get() }
  }
}

/// The messages of a group of threads that nobody has taken yet.
private final class PostOffice: @unchecked Sendable {
  /// Messages of one box are taken in the order in which they were put.
  struct Box: Hashable {
    let from: Int
    let to: Int
    let tag: Int
  }

  let rankCount: Int
  private let changed = NSCondition()
  private var messages: [Box: [Int: [Float]]] = [:]
  private var putCount: [Box: Int] = [:]
  private var reservedCount: [Box: Int] = [:]

  init(rankCount: Int) {
    self.rankCount = rankCount
  }

  func put(_ message: [Float], in box: Box) {
    changed.withLock {
      messages[box, default: [:]][putCount[box, default: 0]] = message
      putCount[box, default: 0] += 1
      changed.broadcast()
    }
  }

  /// The number of the message that the next receive from this box gets.
  func reserve(_ box: Box) -> Int {
    changed.withLock {
      defer { reservedCount[box, default: 0] += 1 }
      return reservedCount[box, default: 0]
    }
  }

  /// Takes a message; nil if it does not come in time.
  func take(_ number: Int, from box: Box, atMost seconds: Double) -> [Float]? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    return changed.withLock {
      while true {
        if let message = messages[box]?.removeValue(forKey: number) { return message }
        if !changed.wait(until: deadline) { return messages[box]?.removeValue(forKey: number) }
      }
    }
  }
}

/// A send that is done, because the message was copied.
private final class Delivered: StartedTransfer {
  func wait(atMost seconds: Double) -> Bool { true }
}

private final class Receipt: StartedTransfer {
  private let post: PostOffice
  private let box: PostOffice.Box
  private let number: Int
  private let target: UnsafeMutableBufferPointer<Float>

  init(
    _ post: PostOffice, _ box: PostOffice.Box, number: Int,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    (self.post, self.box, self.number, self.target) = (post, box, number, target)
  }

  func wait(atMost seconds: Double) throws(TransportError) -> Bool {
    guard let message = post.take(number, from: box, atMost: seconds) else { return false }
    guard message.count == target.count else {
      throw TransportError(
        "\(message.count) elements were sent, where \(target.count) were expected")
    }
    _ = target.update(fromContentsOf: message)
    return true
  }
}

/// One result per thread.
private final class Results<Value>: @unchecked Sendable {
  private let changed = NSCondition()
  private var values: [Swift.Result<Value, any Error>?]

  init(count: Int) {
    values = Array(repeating: nil, count: count)
  }

  func set(_ value: Swift.Result<Value, any Error>, at index: Int) {
    changed.withLock {
      values[index] = value
      changed.broadcast()
    }
  }

  func waitForAll() -> [Swift.Result<Value, any Error>] {
    changed.withLock {
      while values.contains(where: { $0 == nil }) { changed.wait() }
      return values.compactMap { $0 }
    }
  }
}
