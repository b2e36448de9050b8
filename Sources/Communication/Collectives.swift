import TensorCore

// Collective operations, from messages of the transport. All ranks call the same one with the same
// sizes. They do not use MPI's own, for two reasons: the bytes that a rank sends are then known
// exactly, where a library chooses its algorithm by size; and sums are added in the same order by
// every transport, so that the results are the same bit for bit.
//
// P ranks; a rank's part is what it contributes.

extension Communicator {
  /// Tags of messages between ranks; a program's own tags are below.
  enum CollectiveTag: Int {
    case reduce = 1000
    case gather, allToAll, broadcast, barrier
  }

  /// Adds the tensors of all ranks, element by element, into the tensor of each.
  ///
  /// A ring: each rank adds its share of the elements and passes partial sums on, then passes on the
  /// finished sums (Patarasuk and Yuan, 2009).
  ///
  /// - Complexity: sends 2·(P − 1)/P of the elements; exactly, with cᵢ the elements of share i and n
  ///   all of them, rank r sends `2n − c₍r+1₎ − c₍r+2₎`. Extra memory: one share.
  public func allReduce(_ tensor: Tensor) {
    guard rankCount > 1 else { return }
    let all = tensor.elements
    let share = { [rankCount] (index: Int) -> Range<Int> in
      let i = ((index % rankCount) + rankCount) % rankCount
      return i * all.count / rankCount..<(i + 1) * all.count / rankCount
    }
    let incoming = scratch((all.count + rankCount - 1) / rankCount)
    for round in 0..<rankCount - 1 {
      let target = share(rank - round - 1)
      let received = UnsafeMutableBufferPointer(rebasing: incoming.elements[..<target.count])
      pass(all, share(rank - round), of: tensor, receiving: received, of: incoming)
      for (index, value) in zip(target, received) { all[index] += value }
    }
    for round in 0..<rankCount - 1 {
      let target = UnsafeMutableBufferPointer(rebasing: all[share(rank - round)])
      pass(all, share(rank + 1 - round), of: tensor, receiving: target, of: tensor)
    }
  }

  /// Sends a range to the next rank and receives from the one before. Empty ranges are not sent.
  private func pass(
    _ all: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>, of owner: Tensor,
    receiving target: UnsafeMutableBufferPointer<Float>, of targetOwner: Tensor
  ) {
    let tag = CollectiveTag.reduce.rawValue
    var transfers: [Transfer] = []
    if !target.isEmpty {
      transfers.append(
        start(receive: target, of: targetOwner.storage, from: neighbor(-1), tag: tag))
    }
    if !range.isEmpty {
      transfers.append(
        start(
          send: UnsafeMutableBufferPointer(rebasing: all[range]), of: owner.storage,
          to: neighbor(1), tag: tag, .allReduce))
    }
    Transfers(transfers).wait()
  }

  /// Starts to send this rank's part to every other rank, and to receive theirs.
  ///
  /// - Parameters:
  ///   - own: this rank's part.
  ///   - parts: one tensor per rank, written except this rank's own, which is not touched.
  /// - Returns: the transfers, to be waited for.
  /// - Complexity: sends P − 1 times the elements of `own`.
  /// - Precondition: there is one tensor per rank.
  public func startAllGather(_ own: Tensor, into parts: [Tensor]) -> Transfers {
    precondition(
      parts.count == rankCount, "all-gather: \(parts.count) parts for \(rankCount) ranks")
    return startAll(.gather, .allGather, sending: { _ in own }, into: parts)
  }

  public func allGather(_ own: Tensor, into parts: [Tensor]) {
    startAllGather(own, into: parts).wait()
  }

  /// Starts to send to each rank its own tensor, and to receive one from each.
  ///
  /// - Parameters:
  ///   - outgoing: one tensor per rank; this rank's own is not sent.
  ///   - parts: one tensor per rank, written except this rank's own.
  /// - Returns: the transfers, to be waited for.
  /// - Complexity: sends the elements of all `outgoing` tensors but this rank's own.
  /// - Precondition: there are one outgoing and one incoming tensor per rank.
  public func startAllToAll(_ outgoing: [Tensor], into parts: [Tensor]) -> Transfers {
    precondition(
      outgoing.count == rankCount && parts.count == rankCount,
      "all-to-all: \(outgoing.count) tensors out, \(parts.count) in, for \(rankCount) ranks")
    return startAll(.allToAll, .allToAll, sending: { outgoing[$0] }, into: parts)
  }

  public func allToAll(_ outgoing: [Tensor], into parts: [Tensor]) {
    startAllToAll(outgoing, into: parts).wait()
  }

  /// All receives first, then all sends; each rank begins with its neighbor, so that not all of them
  /// send to the same one.
  private func startAll(
    _ tag: CollectiveTag, _ operation: Operation, sending: (Int) -> Tensor, into parts: [Tensor]
  ) -> Transfers {
    let others = (1..<max(1, rankCount)).map { neighbor($0) }
    let receives = others.reversed().map { peer in
      start(
        receive: parts[peer].elements, of: parts[peer].storage, from: peer, tag: tag.rawValue)
    }
    let sends = others.map { peer in
      start(
        send: sending(peer).elements, of: sending(peer).storage, to: peer, tag: tag.rawValue,
        operation)
    }
    return Transfers(receives + sends)
  }

  /// Copies the tensor of one rank to all others.
  ///
  /// - Complexity: that rank sends P − 1 times the elements.
  public func broadcast(_ tensor: Tensor, from root: Int) {
    let tag = CollectiveTag.broadcast.rawValue
    guard rank == root else {
      return start(receive: tensor.elements, of: tensor.storage, from: root, tag: tag).wait()
    }
    let others = (0..<rankCount).filter { $0 != root }
    Transfers(
      others.map {
        start(send: tensor.elements, of: tensor.storage, to: $0, tag: tag, .broadcast)
      }
    ).wait()
  }

  /// Waits until every rank is here: in round k each rank hears from the one 2ᵏ before it, and so
  /// from 2ᵏ⁺¹ of them (Hensgen, Finkel and Manber, 1988).
  ///
  /// - Complexity: sends ⌈log₂ P⌉ messages of one element.
  public func barrier() {
    let (sent, received) = (scratch(1), scratch(1))
    sent.elements[0] = 0
    var distance = 1
    while distance < rankCount {
      let tag = CollectiveTag.barrier.rawValue
      let receive = start(
        receive: received.elements, of: received.storage, from: neighbor(-distance), tag: tag)
      start(
        send: sent.elements, of: sent.storage, to: neighbor(distance), tag: tag, .barrier
      ).wait()
      receive.wait()
      distance *= 2
    }
  }

  /// The values of every rank, by rank; all ranks pass the same number of values.
  /// - Complexity: sends P − 1 times the values.
  public func gathered(_ values: [Float]) -> [[Float]] {
    guard !values.isEmpty else { return Array(repeating: [], count: rankCount) }
    let parts = (0..<rankCount).map { _ in scratch(values.count) }
    _ = parts[rank].elements.update(fromContentsOf: values)
    allGather(parts[rank], into: parts)
    return parts.map { part in withExtendedLifetime(part) { Array(part.elements) } }
  }

  /// A text of every rank, by rank, cut to `limit` bytes. A byte is sent as a Float, which another
  /// byte order would change.
  public func gathered(_ text: String, limit: Int = 256) -> [String] {
    let bytes = Array(text.utf8.prefix(limit))
    let padding = [Float](repeating: -1, count: limit - bytes.count)
    return gathered(bytes.map { Float($0) } + padding).map { values in
      String(decoding: values.compactMap { UInt8(exactly: $0) }, as: UTF8.self)
    }
  }

  /// Memory for messages that the backend's meter does not count.
  private func scratch(_ count: Int) -> Tensor {
    Tensor(
      shape: [count],
      storage: HostStorage(
        count: count, purpose: .workspace, meter: MemoryMeter(), pool: BufferPool()))
  }
}
