import Foundation

/// Attention over a part of the keys.
struct Part {
  /// Weighted mean of the part's values.
  var output: [Float]
  /// ln Σ exp(score) over the part's keys; −∞ if it has none.
  var logSumExp: Float
}

/// The attention over the keys of both parts.
func merged(_ a: Part, _ b: Part) -> Part {
  // TODO: weight the outputs by the sums of their weights, without overflow.
  return Part(output: [], logSumExp: 0)
}
