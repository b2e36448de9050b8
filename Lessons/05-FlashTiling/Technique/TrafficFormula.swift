/// How many numbers move between slow and fast memory, by formula.
///
/// n tokens of d numbers each. `passes` is how often the inner matrix is read: n divided by the
/// rows of the outer block, rounded up.
package struct TrafficFormula {
  package let length: Int
  package let headDim: Int

  package init(length: Int, headDim: Int) {
    (self.length, self.headDim) = (length, headDim)
  }

  /// Without rounding up: the formula on the page.
  package func smooth(_ order: LoopOrder, _ tiles: TileSizes) -> Double {
    count(order, passes: Double(length) / Double(outerTile(order, tiles)))
  }

  /// With whole passes: exact.
  package func exact(_ order: LoopOrder, _ tiles: TileSizes) -> Int {
    let outer = outerTile(order, tiles)
    return Int(count(order, passes: Double((length + outer - 1) / outer)))
  }

  /// Peak numbers in fast memory of either tiled order: queries, outputs, keys, values, scores,
  /// maxima and sums.
  package func footprint(_ tiles: TileSizes) -> Int {
    2 * headDim * (tiles.queries + tiles.keys) + tiles.queries * tiles.keys + 2 * tiles.queries
  }

  private func outerTile(_ order: LoopOrder, _ tiles: TileSizes) -> Int {
    order == .flashAttention1 ? tiles.keys : tiles.queries
  }

  private func count(_ order: LoopOrder, passes: Double) -> Double {
    let (n, d) = (Double(length), Double(headDim))
    switch order {
    // Scores written, read for the softmax, written, read again; queries read, output written; keys
    // and values read in each pass.
    case .naive: return 4 * n * n + 2 * n * d + 2 * n * d * passes
    // In each pass: queries read; output, maximum and sum read and written. Once: keys and values
    // read, the initial zeros written.
    case .flashAttention1: return (3 * n * d + 4 * n) * passes + 3 * n * d + 2 * n
    // In each pass: keys and values read. Once: queries read, output and log-sum-exp written.
    case .flashAttention2: return 2 * n * d * passes + 2 * n * d + n
    }
  }
}

extension TrafficFormula {
  /// Numbers that the backward pass moves, exact: passes are whole.
  package func backward(_ method: Method, _ tiles: TileSizes) -> Int {
    let (n, d) = (length, headDim)
    let outer = method == .tiled ? tiles.keys : tiles.queries
    let passes = (n + outer - 1) / outer
    switch method {
    // P read for dV; dP written; P and dP read, dS written; dS read twice, for dQ and for dK. In each
    // pass: dO, V, K and Q read. Once: dO read, three gradients written.
    case .naive: return 7 * n * n + 4 * n * d * passes + 4 * n * d
    // In each pass: Q, dO and dQ read, dQ written, L and D read. Once: O and dO read for D, which is
    // written, zeros written to dQ, K and V read, dK and dV written.
    case .tiled: return (4 * n * d + 2 * n) * passes + 7 * n * d + n
    }
  }

  /// Peak numbers in fast memory of the tiled backward pass: K, V and their gradients; Q, dO, dQ, L
  /// and D; probabilities and score gradients of one tile.
  package func backwardFootprint(_ tiles: TileSizes) -> Int {
    4 * headDim * tiles.keys + (3 * headDim + 2) * tiles.queries + 2 * tiles.queries * tiles.keys
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

  /// The largest outer block that fits beside an inner block of `inner` rows. It is then reduced so
  /// that all blocks have about the same size; the number of passes stays the same.
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
