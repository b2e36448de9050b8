import Autograd
import Communication
import TensorCore

/// How ranks that hold a part of the sequence each compute exact attention.
public enum SpreadTechnique: String, CaseIterable, Codable, Sendable {
  /// Keys and values go round, one neighbor per round (Liu et al., 2023: Ring Attention).
  case ring
  /// Every rank gets all keys and values (Llama 3, section 3.3.2), which is cheap if few heads share
  /// them.
  case allGather = "all-gather"
  /// Every rank gets all tokens of some heads, by an all-to-all (Jacobs et al., 2023: DeepSpeed
  /// Ulysses).
  case ulysses
}

/// Exact attention over a sequence of which each rank holds a part.
///
/// It takes the place of the kernels in a model's layers (`Transformer.attentionFunction`). The
/// operands are this rank's tokens, in the order of its share, and every rank makes the same calls
/// in the same order. The backend's tensors are in main memory.
public final class SpreadAttention: AttentionFunction {
  public let technique: SpreadTechnique
  /// The tokens of this rank.
  public let share: SequenceShare
  /// Whether the ring sends the next block while it computes with the one that it has.
  public let overlaps: Bool
  let communicator: Communicator
  let backend: any Backend

  /// - Throws: `SpreadError` if the sequence cannot be divided in this way.
  public init(
    _ technique: SpreadTechnique, _ layout: SequenceLayout, length: Int,
    over communicator: Communicator, on backend: any Backend, overlaps: Bool = true
  ) throws(SpreadError) {
    try SpreadError.check(
      technique, layout, rankCount: communicator.rankCount, length: length)
    self.technique = technique
    self.overlaps = overlaps
    share = SequenceShare(
      layout, rank: communicator.rank, of: communicator.rankCount, length: length)
    (self.communicator, self.backend) = (communicator, backend)
  }

  /// The problem of the whole sequence.
  ///
  /// - Precondition: the operands are this rank's tokens, all of them and no others; there is no
  ///   block list, whose blocks would not fit the shares.
  private func wholeProblem(_ problem: AttentionProblem) -> AttentionProblem {
    precondition(
      problem.queryLength == share.count && problem.keyLength == share.count
        && problem.firstQueryPosition == nil,
      """
      spread attention: \(problem.queryLength) queries and \(problem.keyLength) keys, but rank \
      \(share.rank) holds \(share.count) tokens
      """)
    precondition(problem.blocks == nil, "spread attention: block lists are not supported")
    var whole = problem
    (whole.queryLength, whole.keyLength) = (share.length, share.length)
    return whole
  }

  public func attend(
    _ operands: AttentionOperands, _ problem: AttentionProblem
  ) -> (AttentionGradients) -> Void {
    let whole = wholeProblem(problem)
    return switch technique {
    case .ring: attendInRing(operands, whole)
    case .allGather: attendGathered(operands, whole)
    case .ulysses: attendByHeads(operands, whole)
    }
  }

  func share(of rank: Int) -> SequenceShare {
    SequenceShare(share.layout, rank: rank, of: share.rankCount, length: share.length)
  }
}
