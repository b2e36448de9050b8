import SmallTransformer

/// A division of a sequence that is not possible.
public enum SpreadError: Error, Equatable, CustomStringConvertible {
  case tooShort(length: Int, layout: SequenceLayout, rankCount: Int)
  case stripedGather
  case tooFewHeads(heads: Int, kvHeads: Int, rankCount: Int)
  /// The model has a part that needs tokens of other ranks, besides attention.
  case model(part: String, remedy: String)

  public var description: String {
    switch self {
    case .tooShort(let length, let layout, let rankCount):
      """
      \(length) tokens are too few for \(rankCount) ranks: with the layout '\(layout.rawValue)' each \
      needs \(layout.smallestLength(rankCount: 1)). Use at least \
      \(layout.smallestLength(rankCount: rankCount)) tokens, or fewer ranks.
      """
    case .stripedGather:
      """
      The layout 'striped' is for the ring: after an all-gather the keys are in order, and queries \
      that are not neighbors cannot read them in one pass. Use 'zigzag', which is as even.
      """
    case .tooFewHeads(let heads, let kvHeads, let rankCount):
      """
      Ulysses gives each rank whole heads, so the number of ranks must divide both \(heads) query \
      heads and \(kvHeads) key/value heads; \(rankCount) ranks do not. Use \
      \(Self.largestDivisor(heads, kvHeads, atMost: rankCount)) ranks, or the ring.
      """
    case .model(let part, let remedy):
      "A sequence cannot be divided over ranks in a model with \(part). \(remedy)"
    }
  }

  /// Throws if the ranks cannot divide the sequence, or its heads, in this way. Heads are not
  /// checked if they are nil.
  public static func check(
    _ technique: SpreadTechnique, _ layout: SequenceLayout, rankCount: Int, length: Int,
    heads: Int? = nil, kvHeads: Int? = nil
  ) throws(SpreadError) {
    if length < layout.smallestLength(rankCount: rankCount) {
      throw .tooShort(length: length, layout: layout, rankCount: rankCount)
    }
    if technique == .allGather, layout == .striped { throw .stripedGather }
    if technique == .ulysses, let heads {
      let kvHeads = kvHeads ?? heads
      if heads % rankCount != 0 || kvHeads % rankCount != 0 {
        throw .tooFewHeads(heads: heads, kvHeads: kvHeads, rankCount: rankCount)
      }
    }
  }

  /// Throws if a layer besides attention would need other tokens than a rank's own, or if attention is
  /// not one that ranks can divide.
  public static func check(
    _ configuration: TransformerConfiguration, length: Int
  ) throws(SpreadError) {
    if configuration.positions.learnedPositionCount != nil {
      throw .model(part: "learned positions", remedy: "Use RoPE, ALiBi or sinusoids.")
    }
    if configuration.attention == .naive {
      throw .model(part: "naive attention", remedy: "Use tiled attention.")
    }
    if configuration.dropout > 0 {
      throw .model(
        part: "dropout", remedy: "Its masks are of whole sequences; set the rate to 0.")
    }
    if !(configuration.blocks is DenseBlocks) {
      throw .model(
        part: "routed layers",
        remedy: "A router compares all tokens of a sequence; use dense layers.")
    }
    let patterns = (0..<configuration.layerCount).map { configuration.pattern.layer($0).pattern }
    if let listed = patterns.first(where: { $0.blocks(length: length) != nil }) {
      throw .model(
        part: "the block list of the pattern '\(listed.name)'",
        remedy: "Use the causal mask, or a window.")
    }
  }

  private static func largestDivisor(_ a: Int, _ b: Int, atMost limit: Int) -> Int {
    (1...limit).last { a % $0 == 0 && b % $0 == 0 } ?? 1
  }
}
