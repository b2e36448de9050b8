import CPUBackend
import Communication
import TensorCore
import Testing

@Suite("Collective operations: results and bytes", .timeLimit(.minutes(30)))
struct CollectiveTests {
  /// Values that a sum in Float keeps exactly, different for each rank and element.
  private static func values(_ rank: Int, _ count: Int) -> [Float] {
    (0..<count).map { Float(1 + $0 % 64 * 16 + rank) }
  }

  private static func tensor(_ values: [Float]) throws -> (CPUBackend, Tensor) {
    let backend = try CPUBackend(threadCount: 1)
    return (backend, backend.tensor(values, [values.count], .workspace))
  }

  /// Shares whose sizes the ranks do not divide, fewer elements than ranks among them.
  @Test("all-reduce adds, and sends twice all but a share", arguments: 1...8)
  func allReduce(ranks: Int) throws {
    for count in [1, 3, 8, 100, 1001] {
      let found = try ThreadTransport.run(ranks: ranks) { communicator in
        let (backend, x) = try Self.tensor(Self.values(communicator.rank, count))
        communicator.allReduce(x)
        return (backend.read(x), communicator.sentBytes)
      }
      let expected = (0..<count).map { i in
        (0..<ranks).reduce(Float(0)) { $0 + Self.values($1, count)[i] }
      }
      let share = { (index: Int) -> Int in
        let i = index % ranks
        return (i + 1) * count / ranks - i * count / ranks
      }
      for (rank, (sum, bytes)) in found.enumerated() {
        #expect(sum == expected, "\(ranks) ranks, \(count) elements, rank \(rank)")
        let elements = ranks == 1 ? 0 : 2 * count - share(rank + 1) - share(rank + 2)
        #expect(bytes[.allReduce, default: 0] == 4 * elements)
        #expect(bytes.values.reduce(0, +) == 4 * elements)
      }
    }
  }

  @Test("every rank gets the same bits from an all-reduce")
  func sameBits() throws {
    let found = try ThreadTransport.run(ranks: 5) { communicator in
      var generator = SeededGenerator(seed: UInt64(communicator.rank))
      let (backend, x) = try Self.tensor((0..<999).map { _ in generator.normal() })
      communicator.allReduce(x)
      return backend.read(x).map(\.bitPattern)
    }
    #expect(found.allSatisfy { $0 == found[0] })
  }

  @Test("all-gather of unequal parts", arguments: 1...5)
  func allGather(ranks: Int) throws {
    let found = try ThreadTransport.run(ranks: ranks) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let parts = (0..<ranks).map { rank in
        backend.tensor(
          rank == communicator.rank
            ? Self.values(rank, 3 + rank) : [Float](repeating: -1, count: 3 + rank),
          [3 + rank], .workspace)
      }
      communicator.allGather(parts[communicator.rank], into: parts)
      return (parts.map { backend.read($0) }, communicator.sentBytes[.allGather, default: 0])
    }
    for (rank, (parts, bytes)) in found.enumerated() {
      #expect(parts == (0..<ranks).map { Self.values($0, 3 + $0) })
      #expect(bytes == 4 * (ranks - 1) * (3 + rank))
    }
  }

  @Test("all-to-all of unequal parts", arguments: 1...5)
  func allToAll(ranks: Int) throws {
    func part(from: Int, to: Int) -> [Float] { Self.values(10 * from + to, 1 + from + 2 * to) }
    let found = try ThreadTransport.run(ranks: ranks) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let own = communicator.rank
      let outgoing = (0..<ranks).map { part(from: own, to: $0) }
      let incoming = (0..<ranks).map { backend.empty([part(from: $0, to: own).count], .workspace) }
      backend.write(part(from: own, to: own), to: incoming[own])
      communicator.allToAll(
        outgoing.map { backend.tensor($0, [$0.count], .workspace) }, into: incoming)
      return (incoming.map { backend.read($0) }, communicator.sentBytes[.allToAll, default: 0])
    }
    for (rank, (incoming, bytes)) in found.enumerated() {
      #expect(incoming == (0..<ranks).map { part(from: $0, to: rank) })
      let sent = (0..<ranks).filter { $0 != rank }.reduce(0) { $0 + part(from: rank, to: $1).count }
      #expect(bytes == 4 * sent)
    }
  }

  @Test("broadcast from every rank, and a barrier", arguments: 1...5)
  func broadcast(ranks: Int) throws {
    for root in 0..<ranks {
      let found = try ThreadTransport.run(ranks: ranks) { communicator in
        let (backend, x) = try Self.tensor(Self.values(communicator.rank, 7))
        communicator.broadcast(x, from: root)
        communicator.barrier()
        return (backend.read(x), communicator.sentBytes)
      }
      let rounds = (0..<ranks).first { 1 << $0 >= ranks } ?? 0
      for (rank, (x, bytes)) in found.enumerated() {
        #expect(x == Self.values(root, 7))
        #expect(bytes[.broadcast, default: 0] == (rank == root ? 28 * (ranks - 1) : 0))
        #expect(bytes[.barrier, default: 0] == 4 * rounds)
      }
    }
  }

  /// A rank that arrives late holds every other one back.
  @Test("a barrier waits for all", arguments: [2, 3, 5])
  func barrierWaits(ranks: Int) throws {
    let clock = ContinuousClock()
    let passed = try ThreadTransport.run(ranks: ranks) { communicator in
      if communicator.rank == ranks - 1 { idle(milliseconds: 100) }
      let arrived = clock.now
      communicator.barrier()
      return (arrived, clock.now)
    }
    for (_, left) in passed { #expect(left >= passed[ranks - 1].0) }
  }

  @Test("texts of all ranks")
  func texts() throws {
    let found = try ThreadTransport.run(ranks: 3) { $0.gathered("rank \($0.rank) ✓", limit: 20) }
    #expect(found.allSatisfy { $0 == ["rank 0 ✓", "rank 1 ✓", "rank 2 ✓"] })
  }
}
