import Communication
import TensorCore

// All-gather of keys and values (Llama 3, section 3.3.2). Each rank has all keys and values for one
// layer at a time, and computes its own queries without merging. The backward pass gathers them again
// rather than keep them for every layer, and returns each rank's part of the gradients to it.

extension SpreadAttention {
  func attendGathered(
    _ operands: AttentionOperands, _ whole: AttentionProblem
  ) -> (AttentionGradients) -> Void {
    let all = gathered(operands, whole)
    let logSumExps = share.placedRuns.map { offset, run -> Tensor in
      let logSumExp = backend.empty(
        [whole.batchCount, whole.headCount, run.count], .activations)
      backend.attention(
        self.operands(operands, all, offset: offset, logSumExp), runProblem(run, whole))
      return logSumExp
    }
    return { [self] gradients in
      let all = gathered(operands, whole)
      let sums = allTokens(whole)
      for (index, (offset, run)) in share.placedRuns.enumerated() {
        // The first run writes the gradients of all keys, the others add to them.
        let part = index == 0 ? sums : allTokens(whole)
        backend.attentionBackward(
          self.operands(operands, all, offset: offset, logSumExps[index]),
          AttentionGradients(
            output: gradients.output.from(token: offset),
            queries: gradients.queries.from(token: offset), keys: part.keys, values: part.values),
          runProblem(run, whole))
        if index > 0 { sums.add(part) }
      }
      returned(sums, whole).copy(keys: gradients.keys, values: gradients.values)
    }
  }

  /// All keys and values, in the order of their positions.
  private func gathered(
    _ operands: AttentionOperands, _ whole: AttentionProblem
  ) -> KeyValueBlock {
    communicator.activity = "the all-gather of keys and values"
    let blocks = (0..<communicator.rankCount).map { rank in
      rank == communicator.rank
        ? KeyValueBlock(
          keys: operands.keys, values: operands.values, share, like: whole, on: backend)
        : KeyValueBlock(share(of: rank), like: whole, on: backend)
    }
    communicator.allGather(blocks[communicator.rank].tensor, into: blocks.map(\.tensor))
    let all = allTokens(whole)
    for block in blocks { block.place(keys: all.keys, values: all.values) }
    return all
  }

  /// Sends each rank the gradients of its tokens, and adds what the others send for this one's, in the
  /// order of the ranks.
  private func returned(_ all: KeyValueBlock, _ whole: AttentionProblem) -> KeyValueBlock {
    communicator.activity = "the sum of the gradients of keys and values"
    let outgoing = (0..<communicator.rankCount).map { rank in
      let block = KeyValueBlock(share(of: rank), like: whole, on: backend)
      block.take(keys: all.keys, values: all.values)
      return block
    }
    let parts = (0..<communicator.rankCount).map { rank in
      rank == communicator.rank
        ? outgoing[rank] : KeyValueBlock(share, like: whole, on: backend)
    }
    communicator.allToAll(outgoing.map(\.tensor), into: parts.map(\.tensor))
    for part in parts.dropFirst() { parts[0].add(part) }
    return parts[0]
  }

  /// A block for the whole sequence.
  private func allTokens(_ whole: AttentionProblem) -> KeyValueBlock {
    KeyValueBlock(
      SequenceShare(.contiguous, rank: 0, of: 1, length: share.length), like: whole, on: backend)
  }

  /// The queries of one run and all keys.
  private func runProblem(_ run: PositionRun, _ whole: AttentionProblem) -> AttentionProblem {
    var problem = whole
    problem.queryLength = run.count
    problem.firstQueryPosition = run.first
    return problem
  }

  private func operands(
    _ own: AttentionOperands, _ all: KeyValueBlock, offset: Int, _ logSumExp: Tensor
  ) -> AttentionOperands {
    AttentionOperands(
      queries: own.queries.from(token: offset), keys: all.keys, values: all.values,
      output: own.output.from(token: offset), logSumExp: logSumExp)
  }
}
