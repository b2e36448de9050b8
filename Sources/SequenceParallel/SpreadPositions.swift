import SmallTransformer

/// A position scheme for one rank's tokens: token i of the rank has the vector and the rotation of
/// its position in the whole sequence.
///
/// ALiBi's slopes stay as they are, because the attention knows the positions of its runs.
public struct SpreadPositions: PositionScheme {
  /// The scheme of the whole sequence.
  public let base: any PositionScheme
  public let share: SequenceShare

  /// - Precondition: the scheme has no learned vectors: a rank's gradients would be those of other
  ///   rows than its own.
  public init(_ base: any PositionScheme, _ share: SequenceShare) {
    precondition(
      base.learnedPositionCount == nil, "spread positions: '\(base.name)' has learned vectors")
    self.base = base
    self.share = share
  }

  public var name: String { base.name }
  public var identity: String {
    "\(base.identity) on rank \(share.rank) of \(share.rankCount), \(share.layout.rawValue)"
  }

  public func addedTable(length: Int, modelDim: Int) -> [Float]? {
    base.addedTable(length: share.length, modelDim: modelDim).map {
      rows(of: $0, width: modelDim, length: length)
    }
  }

  public func rotation(length: Int, headDim: Int) -> RotationAngles? {
    base.rotation(length: share.length, headDim: headDim).map { angles in
      var own = angles
      own.cosines = rows(of: angles.cosines, width: headDim / 2, length: length)
      own.sines = rows(of: angles.sines, width: headDim / 2, length: length)
      return own
    }
  }

  public func scoreSlopes(headCount: Int) -> [Float]? { base.scoreSlopes(headCount: headCount) }

  /// The rank's rows of a table, and zeros up to `length`: a model rounds the length of its tables
  /// up. `SpreadAttention` checks that no more tokens than the rank's are used.
  private func rows(of table: [Float], width: Int, length: Int) -> [Float] {
    precondition(
      length >= share.count,
      "spread positions: \(length) tokens, but rank \(share.rank) holds \(share.count)")
    return share.rows(of: table, width: width)
      + [Float](repeating: 0, count: (length - share.count) * width)
  }
}
