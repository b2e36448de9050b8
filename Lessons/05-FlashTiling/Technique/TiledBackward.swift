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
  ///   extra memory: one number per query.
  package func backward(
    outputGradient: Matrix, queries: Matrix, keys: Matrix, values: Matrix,
    saved: Result
  ) -> Gradients {
    let length = queries.rows
    // The softmax's gradient subtracts Σ_j p_j · dp_j. That is dO · O, so no
    // row of p is needed.
    let delta = (0..<length).map {
      outputGradient.dot($0, saved.output, $0)  // (7)
    }
    var gradients = Gradients(
      queries: Matrix(rows: length, columns: queries.columns),
      keys: Matrix(rows: length, columns: keys.columns),
      values: Matrix(rows: length, columns: values.columns))
    for columns in tileRanges(of: length, size: tiles.keys) {
      for rows in tileRanges(of: length, size: tiles.queries) {
        if isCausal && columns.lowerBound >= rows.upperBound { continue }
        for i in rows {
          for j in columns where !isCausal || j <= i {
            // lesson: begin one pair
            let score = scale * queries.dot(i, keys, j)
            let p = exp(score - saved.logSumExp[i])  // (6)
            let dp = outputGradient.dot(i, values, j)  // (9)
            let ds = p * (dp - delta[i]) * scale  // (10)
            gradients.values.add(p, outputGradient, i, to: j)  // (8)
            gradients.queries.add(ds, keys, j, to: i)  // (11)
            gradients.keys.add(ds, queries, i, to: j)  // (12)
            // lesson: end one pair
          }
        }
      }
    }
    return gradients
  }
}
