import Foundation

/// A differentiable top-k: weights between 0 and 1 that sum to k (Lei et al., 2023; Ainslie et al.,
/// 2023, section 3.1).
///
/// `w = σ((s − τ) / ε)`, with the threshold τ set so that the weights sum to k. High scores get
/// weights near 1, low scores weights near 0; ε is the softness of the step between them. The paper
/// computes its weights by fifty steps of coordinate descent. This threshold gives weights with the
/// same two properties and is found by bisection.
package struct SoftTopK {
  /// `w`, one per score.
  package let weights: [Float]
  private let softness: Float

  /// - Precondition: 0 < k < the number of scores, and a positive softness.
  /// - Complexity: 40 passes over the scores.
  package init(_ scores: [Float], k: Float, softness: Float = 1) {
    precondition(
      k > 0 && k < Float(scores.count) && softness > 0,
      "soft top-k: \(k) of \(scores.count), softness \(softness)")
    self.softness = softness
    var low = (scores.min() ?? 0) - 20 * softness
    var high = (scores.max() ?? 0) + 20 * softness
    for _ in 0..<40 {
      let middle = (low + high) / 2
      let sum = scores.reduce(Float(0)) { $0 + Self.sigmoid(($1 - middle) / softness) }
      if sum > k { low = middle } else { high = middle }
    }
    let threshold = (low + high) / 2
    weights = scores.map { Self.sigmoid(($0 - threshold) / softness) }
  }

  /// Maps ∂loss/∂w to ∂loss/∂s. The threshold depends on the scores, so that the weights keep their
  /// sum: `ds_i = g_i · (dw_i − Σ g_j dw_j / Σ g_j)` with `g = w(1 − w)/ε`.
  package func pullback(_ gradient: [Float]) -> [Float] {
    let slopes = weights.map { $0 * (1 - $0) / softness }
    let total = slopes.reduce(0, +)
    guard total > 1e-12 else { return [Float](repeating: 0, count: slopes.count) }
    let mean = zip(slopes, gradient).reduce(Float(0)) { $0 + $1.0 * $1.1 } / total
    return zip(slopes, gradient).map { $0 * ($1 - mean) }
  }

  private static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}
