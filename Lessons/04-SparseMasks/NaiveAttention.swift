import Foundation
import SmallTransformer

/// Masked attention as the formula says it, one number at a time.
///
/// `output[i] = Σ_j softmax_j(q_i · k_j / √D) · v_j` over the keys j that the pattern lets i see. All
/// pairs are scored and the masked ones thrown away: right, and nothing is saved.
package enum NaiveAttention {
  package static func output(
    queries: [[Double]], keys: [[Double]], values: [[Double]], _ pattern: any SparsePattern
  ) -> [[Double]] {
    queries.indices.map { i in
      let scores = keys.indices.map { j in
        guard j <= i, pattern.sees(query: i, key: j) else { return -Double.infinity }
        let product = zip(queries[i], keys[j]).reduce(0) { $0 + $1.0 * $1.1 }
        return product / Double(queries[i].count).squareRoot()
      }
      let largest = scores.reduce(-.infinity, max)
      let weights = scores.map { exp($0 - largest) }
      let sum = weights.reduce(0, +)
      return values[i].indices.map { d in
        values.indices.reduce(0) { $0 + weights[$1] / sum * values[$1][d] }
      }
    }
  }
}
