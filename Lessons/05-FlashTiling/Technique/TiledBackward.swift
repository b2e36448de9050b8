import Foundation

extension TiledAttention {
  /// Gradients of a loss for queries, keys and values.
  package struct Gradients {
    package var queries: Matrix
    package var keys: Matrix
    package var values: Matrix
  }

  /// The gradients, from what the forward pass saved: its output and one
  /// log-sum-exp per query.
  ///
  /// Each probability is computed again where it is needed,
  /// `p = e^(score − L)`. This needs no maximum, no sum and no rescaling,
  /// because L contains both already (Dao et al., 2022, section 3.1).
  /// - Complexity: 10 · length² · headDim FLOPs, half of it if causal;
  ///   extra memory: none.
  package func backward(
    outputGradient: Matrix, queries: Matrix, keys: Matrix, values: Matrix,
    saved: Result
  ) -> Gradients {
    let length = queries.rows
    var gradients = Gradients(
      queries: Matrix(rows: length, columns: queries.columns),
      keys: Matrix(rows: length, columns: keys.columns),
      values: Matrix(rows: length, columns: values.columns))
    for columns in tileRanges(of: length, size: tiles.keys) {
      for rows in tileRanges(of: length, size: tiles.queries) {
        if isCausal && columns.lowerBound >= rows.upperBound { continue }
        // lesson: begin one tile
        for i in rows {
          // Σ_j p_j · dp_j, without the row of p. An engine computes it once for
          // each query, before the loops.
          let delta = outputGradient.dot(i, saved.output, i)  // (7)
          for j in columns where !isCausal || j <= i {
            let score = scale * queries.dot(i, keys, j)
            let p = exp(score - saved.logSumExp[i])  // (6)
            let dp = outputGradient.dot(i, values, j)  // (9)
            let ds = p * (dp - delta) * scale  // (10)
            gradients.values.add(p, outputGradient, i, to: j)  // (8)
            gradients.queries.add(ds, keys, j, to: i)  // (11)
            gradients.keys.add(ds, queries, i, to: j)  // (12)
          }
        }
        // lesson: end one tile
      }
    }
    return gradients
  }
}
