import TensorCore

/// The bytes that each technique sends, by formula. Tests and programs compare them with the
/// communicator's count.
///
/// N tokens, P ranks, nᵣ tokens of rank r, H query heads, G key/value heads, D headDim, B sequences;
/// an element has 4 bytes. With equal shares n = N/P these are, in elements:
///
/// | | forward | backward |
/// |---|---|---|
/// | ring | 2·(P − 1)/P·N·G·D | twice that |
/// | all-gather | 2·(P − 1)/P·N·G·D | twice that |
/// | Ulysses | (P − 1)/P²·N·(2H + 2G)·D | the same |
///
/// The ring's are those of Liu et al. (2023, section 3), Ulysses's those of Jacobs et al. (2023,
/// section 3.2: 4Nh/P if G = H, here without the part that a rank keeps). The forms for unequal
/// shares are counted here, message by message.
public struct SpreadTraffic: Equatable, Sendable {
  /// Bytes that the rank sends in the forward pass of one layer.
  public let forwardBytes: Int
  /// Bytes that it sends in the backward pass of one layer.
  public let backwardBytes: Int

  /// - Parameters:
  ///   - technique: how attention is divided.
  ///   - share: the rank's tokens.
  ///   - problem: batch, heads and head dimension; lengths do not matter.
  public init(_ technique: SpreadTechnique, _ share: SequenceShare, _ problem: AttentionProblem) {
    let ranks = share.rankCount
    let next = SequenceShare(
      share.layout, rank: (share.rank + 1) % ranks, of: ranks, length: share.length)
    let element = problem.batchCount * problem.headDim * MemoryLayout<Float>.stride
    let keysAndValues = 2 * problem.kvHeadCount * element
    let others = share.length - share.count
    switch technique {
    case .ring:
      // Every block is passed on but that of the next rank, which got it first. Backward, the
      // gradients of every block but the own one too.
      forwardBytes = ranks == 1 ? 0 : (share.length - next.count) * keysAndValues
      backwardBytes = forwardBytes + others * keysAndValues
    case .allGather:
      // The own block to every other rank. Backward, again, and to each the gradients of its block.
      forwardBytes = (ranks - 1) * share.count * keysAndValues
      backwardBytes = forwardBytes + others * keysAndValues
    case .ulysses:
      // The own tokens of the other ranks' heads, and the other ranks' tokens of the own heads.
      let inputs = (problem.headCount + 2 * problem.kvHeadCount) / ranks * element
      let output = problem.headCount / ranks * element
      forwardBytes = (ranks - 1) * share.count * inputs + others * output
      backwardBytes = (ranks - 1) * share.count * output + others * inputs
    }
  }
}
