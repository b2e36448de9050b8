/// How many numbers cross between slow and fast memory, by counting on paper.
///
/// n tokens of d numbers; `passes` is how often the inner matrix comes by: n over the rows of the
/// outer block, rounded up where the last block is ragged.
package struct TrafficFormula {
  package let length: Int
  package let headDim: Int

  package init(length: Int, headDim: Int) {
    (self.length, self.headDim) = (length, headDim)
  }

  /// Without rounding: the smooth formula that stands on the page.
  package func smooth(_ order: LoopOrder, _ tiles: TileSizes) -> Double {
    count(order, passes: Double(length) / Double(outerTile(order, tiles)))
  }

  /// To the last number.
  package func exact(_ order: LoopOrder, _ tiles: TileSizes) -> Int {
    let outer = outerTile(order, tiles)
    return Int(count(order, passes: Double((length + outer - 1) / outer)))
  }

  /// Numbers in fast memory at the fullest moment of either tiled order: queries, outputs, keys,
  /// values, scores, maxima and sums.
  package func footprint(_ tiles: TileSizes) -> Int {
    2 * headDim * (tiles.queries + tiles.keys) + tiles.queries * tiles.keys + 2 * tiles.queries
  }

  private func outerTile(_ order: LoopOrder, _ tiles: TileSizes) -> Int {
    order == .flashAttention1 ? tiles.keys : tiles.queries
  }

  private func count(_ order: LoopOrder, passes: Double) -> Double {
    let (n, d) = (Double(length), Double(headDim))
    switch order {
    // Scores out, in for the softmax, out, in again; queries in, output out; keys and values a pass.
    case .plain: return 4 * n * n + 2 * n * d + 2 * n * d * passes
    // A pass: queries in, output in and out, maximum and sum in and out. Keys and values once, and
    // the first zeros.
    case .flashAttention1: return (3 * n * d + 4 * n) * passes + 3 * n * d + 2 * n
    // A pass: keys and values in. Queries in once, output and log-sum-exp out once.
    case .flashAttention2: return 2 * n * d * passes + 2 * n * d + n
    }
  }
}

/// Tiles for a fast memory of a given size.
package enum TileRule {
  /// FlashAttention-1's own rule: `B_c = ⌈M/4d⌉` keys, `B_r = min(B_c, d)` queries.
  package static func paper(
    capacity: Int, length: Int, headDim: Int
  ) throws(TileError) -> TileSizes {
    let keys = min(length, (capacity + 4 * headDim - 1) / (4 * headDim))
    return try TileSizes(queries: min(keys, headDim), keys: keys, length: length)
  }

  /// The largest outer block that fits beside an inner block of `inner` rows; then a little
  /// smaller again, so that all blocks of the text are of one size: no pass is longer for it.
  package static func largest(
    for order: LoopOrder, capacity: Int, inner: Int, length: Int, headDim: Int
  ) throws(TileError) -> TileSizes {
    let formula = TrafficFormula(length: length, headDim: headDim)
    func tiles(_ outer: Int) throws(TileError) -> TileSizes {
      let isKeysOutside = order == .flashAttention1
      return try TileSizes(
        queries: isKeysOutside ? inner : outer, keys: isKeysOutside ? outer : inner, length: length)
    }
    var outer = 0
    while outer < length, formula.footprint(try tiles(outer + 1)) <= capacity { outer += 1 }
    guard outer > 0 else { return try tiles(0) }
    let blockCount = (length + outer - 1) / outer
    return try tiles((length + blockCount - 1) / blockCount)
  }
}
