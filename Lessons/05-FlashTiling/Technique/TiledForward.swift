/// Attention of one head in tiles, in readable code with FlashAttention-2's order of loops.
///
/// Equivalent to `softmax(scale · Q•Kᵀ, masked) • V`. Shapes: queries, keys, values
/// `[length, headDim]`.
package struct TiledAttention {
  package let tiles: TileSizes
  package let isCausal: Bool
  package let scale: Float

  package init(_ tiles: TileSizes, isCausal: Bool, headDim: Int) {
    self.tiles = tiles
    self.isCausal = isCausal
    scale = 1 / Float(headDim).squareRoot()
  }

  /// The output, and one number per query for the backward pass.
  package struct Result {
    package var output: Matrix
    package var logSumExp: [Float]
    /// Tiles that were computed, not skipped.
    package var computedTiles = 0
    package var allTiles = 0
  }

  /// - Complexity: 4 · length² · headDim FLOPs, half of it if causal;
  ///   extra memory: one tile.
  package func forward(
    queries: Matrix, keys: Matrix, values: Matrix
  ) -> Result {
    let length = queries.rows
    var result = Result(
      output: Matrix(rows: length, columns: values.columns),
      logSumExp: [Float](repeating: -.infinity, count: length))
    // lesson: begin loops
    for rows in tileRanges(of: length, size: tiles.queries) {
      var block = QueryBlock(rows, of: queries, attention: self)
      for columns in tileRanges(of: length, size: tiles.keys) {
        result.allTiles += 1
        // Skipped: its first key is after its last query, so the mask removes
        // all of its pairs.
        if isCausal && columns.lowerBound >= rows.upperBound { continue }
        block.absorb(columns, keys: keys, values: values)
        result.computedTiles += 1
      }
      block.finish(into: &result)
    }
    // lesson: end loops
    return result
  }
}

/// A block of queries with its partial output. It processes one tile of keys at a time.
struct QueryBlock {
  private let rows: Range<Int>
  private let queries: Matrix
  private let attention: TiledAttention
  private var softmaxes: [OnlineSoftmax]
  /// `Σ weight · value`, not yet divided by the sum of the weights.
  private var output: Matrix

  init(_ rows: Range<Int>, of queries: Matrix, attention: TiledAttention) {
    self.rows = rows
    self.queries = queries
    self.attention = attention
    softmaxes = [OnlineSoftmax](repeating: OnlineSoftmax(), count: rows.count)
    output = Matrix(rows: rows.count, columns: queries.columns)
  }

  /// One tile: masked scores, weights, rescaled output, values added.
  mutating func absorb(
    _ columns: Range<Int>, keys: Matrix, values: Matrix
  ) {
    // lesson: begin tile
    for i in rows {
      var weights = columns.map { j in
        attention.isCausal && j > i
          ? -.infinity : attention.scale * queries.dot(i, keys, j)
      }
      let row = i - rows.lowerBound
      let factor = softmaxes[row].absorb(&weights)
      output.blend(
        row, by: factor, adding: weights, values, from: columns.lowerBound)
    }
    // lesson: end tile
  }

  /// The division, once for each query, at the end.
  func finish(into result: inout TiledAttention.Result) {
    for i in rows {
      let row = i - rows.lowerBound
      let softmax = softmaxes[row]
      result.logSumExp[i] = softmax.logSumExp
      // A query without a visible key keeps its zeros.
      guard softmax.sum > 0 else { continue }
      result.output.add(1 / softmax.sum, output, row, to: i)
    }
  }
}
