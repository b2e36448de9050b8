extension AttentionProblem {
  /// Pairs of a query and a key that take part, in one head: what the mask leaves of Q · K.
  ///
  /// Counted from the definition of the mask, not from what a kernel does; a kept block counts as
  /// whole, cut or not.
  /// - Complexity: O(Q), times the kept blocks of a row where there is a list.
  public var pairCount: Int {
    (0..<queryLength).reduce(0) { sum, query in
      sum + keyRanges(of: query..<query + 1).reduce(0) { $0 + $1.count }
    }
  }

  /// Tiles of 16 × 16 pairs of which at least one takes part, in one head.
  ///
  /// Sixteen is as coarse as a register tile is wide: a kernel that skips all that it can does
  /// this much, so time by this count tells what a mask costs beside the multiplications.
  public var tileCount: Int {
    stride(from: 0, to: queryLength, by: tileSide).reduce(0) { sum, first in
      let queries = first..<min(queryLength, first + tileSide)
      let tiles = keyRanges(of: queries).map {
        $0.lowerBound / tileSide..<($0.upperBound + tileSide - 1) / tileSide
      }
      // Neighboring ranges may share the tile at their seam.
      var (count, end) = (0, 0)
      for range in tiles {
        count += max(0, range.upperBound - max(end, range.lowerBound))
        end = max(end, range.upperBound)
      }
      return sum + count
    }
  }

  /// The keys that any of these neighboring queries sees, ascending; of a kept block, all.
  private func keyRanges(of queries: Range<Int>) -> [Range<Int>] {
    let shift = keyLength - queryLength
    let (first, last) = (queries.lowerBound + shift, queries.upperBound - 1 + shift)
    let reach = window ?? keyLength + queryLength
    let lower = max(0, first - reach + 1)
    let upper = min(keyLength, isCausal ? last + 1 : last + reach)
    guard lower < upper else { return [] }
    guard let blocks else { return [lower..<upper] }
    // Rows of a list are positions; a query before position 0 has none.
    let size = blocks.blockSize
    let rows = max(0, first) / size..<max(0, last + size) / size
    let kept = Set(
      rows.clamped(to: 0..<blocks.keptKeyBlocks.count).flatMap { blocks.keptKeyBlocks[$0] })
    return kept.sorted().map { ($0 * size..<($0 + 1) * size).clamped(to: lower..<upper) }
      .filter { !$0.isEmpty }
  }
}

private let tileSide = 16
