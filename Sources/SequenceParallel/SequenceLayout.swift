/// Which positions of a sequence each rank holds.
///
/// Under a causal mask a query at position p sees p + 1 keys, so who holds the last positions has
/// the most work. A layout decides how evenly the work is spread in each round of a ring.
public enum SequenceLayout: String, CaseIterable, Codable, Sendable {
  /// Rank r holds chunk r of P (Liu et al., 2023: Ring Attention). The last rank has the most work.
  case contiguous
  /// Rank r holds chunks r and 2P − 1 − r of 2P, one early and one late (the layout of Llama 3 and
  /// of the ring-flash-attention library). All ranks have equal work in every round.
  case zigzag
  /// Rank r holds positions r, r + P, r + 2P, … (Brandon et al., 2023: Striped Attention).
  case striped

  /// The positions of one rank, in the order in which it stores them.
  ///
  /// Chunks differ by at most one position, so P need not divide the length.
  public func runs(ofRank rank: Int, of rankCount: Int, length: Int) -> [PositionRun] {
    let chunk = { (index: Int, count: Int) -> PositionRun in
      let first = index * length / count
      return PositionRun(first: first, count: (index + 1) * length / count - first, stride: 1)
    }
    switch self {
    case .contiguous: return [chunk(rank, rankCount)]
    case .zigzag:
      return [chunk(rank, 2 * rankCount), chunk(2 * rankCount - 1 - rank, 2 * rankCount)]
    case .striped:
      let count = (length - rank + rankCount - 1) / rankCount
      return [PositionRun(first: rank, count: count, stride: rankCount)]
    }
  }

  /// The shortest sequence of which every run of every rank has a position.
  public func smallestLength(rankCount: Int) -> Int {
    self == .zigzag ? 2 * rankCount : rankCount
  }
}

/// Equally spaced positions of a sequence.
public struct PositionRun: Hashable, Sendable {
  public let first: Int
  public let count: Int
  public let stride: Int

  public var positions: StrideTo<Int> {
    Swift.stride(from: first, to: first + count * stride, by: stride)
  }
}

/// The part of a sequence that one rank holds.
public struct SequenceShare: Hashable, Sendable {
  public let layout: SequenceLayout
  public let rank: Int
  public let rankCount: Int
  /// Tokens of the whole sequence.
  public let length: Int
  /// The positions, in the order in which they are stored.
  public let runs: [PositionRun]

  /// - Precondition: the sequence has at least `layout.smallestLength` tokens.
  public init(_ layout: SequenceLayout, rank: Int, of rankCount: Int, length: Int) {
    precondition(
      (0..<rankCount).contains(rank) && length >= layout.smallestLength(rankCount: rankCount),
      "sequence share: rank \(rank) of \(rankCount), \(length) tokens, layout \(layout)")
    (self.layout, self.rank, self.rankCount, self.length) = (layout, rank, rankCount, length)
    runs = layout.runs(ofRank: rank, of: rankCount, length: length)
  }

  /// The shares of all ranks.
  public static func all(_ layout: SequenceLayout, of rankCount: Int, length: Int) -> [Self] {
    (0..<rankCount).map { Self(layout, rank: $0, of: rankCount, length: length) }
  }

  /// Tokens that this rank holds.
  public var count: Int { runs.reduce(0) { $0 + $1.count } }

  /// The position of each token that this rank holds, in the order in which they are stored.
  public var positions: [Int] { runs.flatMap { Array($0.positions) } }

  /// The runs, each with the index in the share of its first token.
  var placedRuns: [(offset: Int, run: PositionRun)] {
    var offset = 0
    return runs.map { run in
      defer { offset += run.count }
      return (offset, run)
    }
  }

  /// This rank's rows of `[batch, length, width]`, row-major: `[batch, count, width]`.
  public func rows<Element>(
    of values: [Element], batch: Int = 1, width: Int = 1
  ) -> [Element] {
    precondition(
      values.count == batch * length * width,
      "rows: \(values.count) values, not \(batch) × \(length) × \(width)")
    var rows: [Element] = []
    rows.reserveCapacity(batch * count * width)
    for b in 0..<batch {
      for position in positions {
        let first = (b * length + position) * width
        rows += values[first..<first + width]
      }
    }
    return rows
  }

  /// Writes this rank's rows to their places in `[batch, length, width]`: the inverse of `rows`.
  public func place<Element>(
    _ rows: [Element], in values: inout [Element], batch: Int = 1, width: Int = 1
  ) {
    precondition(
      rows.count == batch * count * width && values.count == batch * length * width,
      "place: \(rows.count) values in \(values.count), not \(batch) × \(count) × \(width)")
    for b in 0..<batch {
      for (index, position) in positions.enumerated() {
        for column in 0..<width {
          values[(b * length + position) * width + column] =
            rows[(b * count + index) * width + column]
        }
      }
    }
  }
}
