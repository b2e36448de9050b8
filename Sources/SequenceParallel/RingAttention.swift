import Communication
import TensorCore

// Ring attention (Liu et al., 2023). In round t rank r has the keys and values of rank r − t, sends
// them to rank r + 1 and receives those of rank r − t − 1, while it computes.
//
// Backward, keys and values go round again, and the gradient of each block follows one round behind:
// its own rank keeps its part, and the others add theirs, so that after P − 1 messages the sum is back
// at the owner.

/// Tags of the ring's messages.
private enum RingTag: Int {
  case keysAndValues = 1
  case gradients
}

extension SpreadAttention {
  func attendInRing(
    _ operands: AttentionOperands, _ whole: AttentionProblem
  ) -> (AttentionGradients) -> Void {
    let local = LocalAttention(operands, whole, share, on: backend)
    forEachBlock(operands, whole, "the ring") { _, block in local.add(block) }
    return { [self] gradients in
      let queryRows = HeadRows(
        batchCount: whole.batchCount, tokenCount: share.count, headCount: whole.headCount,
        headDim: whole.headDim)
      queryRows.setZero(gradients.queries)
      let sums = GradientsInRing(self, whole)
      forEachBlock(operands, whole, "the ring, backward") { round, block in
        sums.add(local.gradients(of: block, gradients), round: round)
      }
      sums.own().copy(keys: gradients.keys, values: gradients.values)
    }
  }

  /// Calls `body` with the keys and values of every rank, beginning with this one's.
  private func forEachBlock(
    _ operands: AttentionOperands, _ whole: AttentionProblem, _ name: String,
    _ body: (_ round: Int, KeyValueBlock) -> Void
  ) {
    var block = KeyValueBlock(
      keys: operands.keys, values: operands.values, share, like: whole, on: backend)
    let rounds = communicator.rankCount
    for round in 0..<rounds {
      communicator.activity = "round \(round + 1) of \(rounds) of \(name)"
      guard round + 1 < rounds else { return body(round, block) }
      let next = KeyValueBlock(
        share(of: communicator.neighbor(-round - 1)), like: whole, on: backend)
      let pass = { [communicator] in
        communicator.startExchange(
          block.tensor, to: communicator.neighbor(1), into: next.tensor,
          from: communicator.neighbor(-1), tag: RingTag.keysAndValues.rawValue)
      }
      if overlaps {
        let transfers = pass()
        body(round, block)
        transfers.wait()
      } else {
        body(round, block)
        pass().wait()
      }
      block = next
    }
  }
}

/// The gradients of keys and values on their way round the ring.
private final class GradientsInRing {
  private let attention: SpreadAttention
  private let whole: AttentionProblem
  private var ownPart: KeyValueBlock?
  private var incoming: (block: KeyValueBlock, transfer: Transfer)?
  private var outgoing: Transfer?

  private var communicator: Communicator { attention.communicator }

  init(_ attention: SpreadAttention, _ whole: AttentionProblem) {
    (self.attention, self.whole) = (attention, whole)
  }

  /// Adds this rank's part of the gradient of the round's block, and passes the sum on. The part of
  /// round 0 is of the rank's own block and stays.
  func add(_ part: KeyValueBlock, round: Int) {
    if round == 0 {
      ownPart = part
    } else {
      if let incoming { add(incoming, to: part) }
      outgoing?.wait()
      outgoing = communicator.startSend(
        part.tensor, to: communicator.neighbor(1), tag: RingTag.gradients.rawValue)
    }
    // The first sum arrives for round 2: in round 1 this rank is the first to add.
    if round > 0 { receive(for: round + 1) }
  }

  private func receive(for round: Int) {
    let block = KeyValueBlock(
      attention.share(of: communicator.neighbor(-round)), like: whole, on: attention.backend)
    let transfer = communicator.startReceive(
      into: block.tensor, from: communicator.neighbor(-1), tag: RingTag.gradients.rawValue)
    incoming = (block, transfer)
  }

  private func add(_ incoming: (block: KeyValueBlock, transfer: Transfer), to part: KeyValueBlock) {
    incoming.transfer.wait()
    part.add(incoming.block)
  }

  /// The gradient of this rank's own keys and values, when it is back.
  func own() -> KeyValueBlock {
    guard let ownPart else { preconditionFailure("ring: no gradient was added") }
    if let incoming { add(incoming, to: ownPart) }
    outgoing?.wait()
    return ownPart
  }
}
