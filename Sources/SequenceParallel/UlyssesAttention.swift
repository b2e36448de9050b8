import Communication
import TensorCore

// Ulysses (Jacobs et al., 2023). An all-to-all gives rank r all tokens of its heads, which it computes
// as on one machine; another one returns the output to the ranks that hold the tokens. The number of
// ranks must divide the key/value heads.

extension SpreadAttention {
  func attendByHeads(
    _ operands: AttentionOperands, _ whole: AttentionProblem
  ) -> (AttentionGradients) -> Void {
    let exchange = HeadExchange(self, whole)
    let problem = exchange.problem
    let inputs = exchange.allTokens(
      [operands.queries, operands.keys, operands.values], .activations,
      "the all-to-all of queries, keys and values")
    let output = exchange.view(heads: problem.headCount, .activations)
    let all = AttentionOperands(
      queries: inputs[0], keys: inputs[1], values: inputs[2], output: output,
      logSumExp: backend.empty(
        [whole.batchCount, problem.headCount, share.length], .activations))
    backend.attention(all, problem)
    exchange.ownTokens([output], into: [operands.output], "the all-to-all of the output")
    return { [self] gradients in
      let outputGradient = exchange.allTokens(
        [gradients.output], .workspace, "the all-to-all of the output's gradient")
      let parts = [problem.headCount, problem.kvHeadCount, problem.kvHeadCount].map {
        exchange.view(heads: $0, .workspace)
      }
      backend.attentionBackward(
        all,
        AttentionGradients(
          output: outputGradient[0], queries: parts[0], keys: parts[1], values: parts[2]), problem)
      exchange.ownTokens(
        parts, into: [gradients.queries, gradients.keys, gradients.values],
        "the all-to-all of the gradients")
    }
  }
}

/// Exchanges "some tokens, all heads" for "all tokens, some heads", and back.
private struct HeadExchange {
  let attention: SpreadAttention
  /// Attention of this rank's heads over the whole sequence.
  let problem: AttentionProblem

  private var communicator: Communicator { attention.communicator }
  private var ranks: Range<Int> { 0..<communicator.rankCount }

  /// - Precondition: the number of ranks divides both numbers of heads.
  init(_ attention: SpreadAttention, _ whole: AttentionProblem) {
    let (rank, count) = (attention.communicator.rank, attention.communicator.rankCount)
    precondition(
      whole.headCount % count == 0 && whole.kvHeadCount % count == 0,
      "Ulysses: \(count) ranks do not divide \(whole.headCount) and \(whole.kvHeadCount) heads")
    self.attention = attention
    var problem = whole
    problem.headCount /= count
    problem.kvHeadCount /= count
    problem.slopes = whole.slopes.map {
      Array($0[rank * problem.headCount..<(rank + 1) * problem.headCount])
    }
    self.problem = problem
  }

  /// Memory for some heads of the whole sequence, `[B, N, heads, D]`.
  func view(heads: Int, _ purpose: MemoryPurpose) -> HeadView {
    HeadView(
      packed: attention.backend.empty(
        [problem.batchCount, attention.share.length, heads * problem.headDim], purpose),
      headDim: problem.headDim)
  }

  /// This rank's heads of each view: queries or outputs first, then keys and values.
  private func headCounts(_ viewCount: Int) -> [Int] {
    [problem.headCount, problem.kvHeadCount, problem.kvHeadCount].prefix(viewCount).map { $0 }
  }

  /// From this rank's tokens with all heads to all tokens with this rank's heads.
  func allTokens(
    _ own: [HeadView], _ purpose: MemoryPurpose, _ activity: String
  ) -> [HeadView] {
    communicator.activity = activity
    let heads = headCounts(own.count)
    let outgoing = ranks.map { rank in
      let message = self.message(attention.share, heads)
      for (index, view) in own.enumerated() {
        rows(attention.share.count, heads[index]).copy(
          view.from(head: rank * heads[index]), to: part(message, heads, index))
      }
      return message
    }
    let incoming = ranks.map { rank in
      rank == communicator.rank
        ? outgoing[rank] : message(attention.share(of: rank), heads)
    }
    communicator.allToAll(outgoing, into: incoming)
    let all = heads.map { view(heads: $0, purpose) }
    for rank in ranks {
      for (index, target) in all.enumerated() {
        for (offset, run) in attention.share(of: rank).placedRuns {
          rows(run.count, heads[index]).copy(
            part(incoming[rank], heads, index).from(token: offset),
            to: target.from(token: run.first, stride: run.stride))
        }
      }
    }
    return all
  }

  /// The other way round.
  func ownTokens(_ all: [HeadView], into own: [HeadView], _ activity: String) {
    communicator.activity = activity
    let heads = headCounts(all.count)
    let outgoing = ranks.map { rank in
      let message = self.message(attention.share(of: rank), heads)
      for (index, view) in all.enumerated() {
        for (offset, run) in attention.share(of: rank).placedRuns {
          rows(run.count, heads[index]).copy(
            view.from(token: run.first, stride: run.stride),
            to: part(message, heads, index).from(token: offset))
        }
      }
      return message
    }
    let incoming = ranks.map { rank in
      rank == communicator.rank ? outgoing[rank] : message(attention.share, heads)
    }
    communicator.allToAll(outgoing, into: incoming)
    for rank in ranks {
      for (index, target) in own.enumerated() {
        rows(attention.share.count, heads[index]).copy(
          part(incoming[rank], heads, index), to: target.from(head: rank * heads[index]))
      }
    }
  }

  /// `[B, tokens, all heads · D]`: the heads of every view, one view after the other.
  private func message(_ share: SequenceShare, _ heads: [Int]) -> Tensor {
    attention.backend.empty(
      [problem.batchCount, share.count, heads.reduce(0, +) * problem.headDim], .workspace)
  }

  private func part(_ message: Tensor, _ heads: [Int], _ index: Int) -> HeadView {
    HeadView(
      packed: message, firstHead: heads[..<index].reduce(0, +), headDim: problem.headDim)
  }

  private func rows(_ tokens: Int, _ heads: Int) -> HeadRows {
    HeadRows(
      batchCount: problem.batchCount, tokenCount: tokens, headCount: heads,
      headDim: problem.headDim)
  }
}
