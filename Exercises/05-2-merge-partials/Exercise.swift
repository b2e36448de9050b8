import Foundation

/// Attention over a part of the keys.
struct Part {
  /// Weighted mean of the part's values.
  var output: [Float]
  /// ln Σ exp(score) over the part's keys; −∞ where it has none.
  var logSumExp: Float
}

/// Both parts as if their keys had been read together.
func merged(_ a: Part, _ b: Part) -> Part {
  // TODO: weigh the outputs by the sums of their weights, without leaving what a Float holds.
  return Part(output: [], logSumExp: 0)
}
