import Foundation

/// One head after the forward pass, one row per token.
struct Head {
  var queries: [[Float]]
  var keys: [[Float]]
  var values: [[Float]]
  /// Σ p · value of each query.
  var output: [[Float]]
  /// ln Σ exp(score) of each query, over the keys that it sees.
  var logSumExp: [Float]
}

/// The gradients of a loss, with the shapes of queries, keys and values.
struct Gradients {
  var queries: [[Float]]
  var keys: [[Float]]
  var values: [[Float]]
}

/// The backward pass of causal attention, without stored probabilities (Dao et al., 2022, section
/// 3.1).
///
/// - `outputGradient`: the gradient for the output, one row per token.
func attentionGradients(of head: Head, outputGradient: [[Float]]) -> Gradients {
  func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  func add(_ weight: Float, _ row: [Float], to sum: inout [Float]) {
    for d in row.indices { sum[d] += weight * row[d] }
  }
  func zeros(_ rows: [[Float]]) -> [[Float]] { rows.map { $0.map { _ in 0 } } }
  // TODO: compute each probability again from logSumExp, and add to the three gradients.
  _ = (dot, add, zeros)
  return Gradients(queries: [], keys: [], values: [])
}
