import Foundation

/// Scores between 0 and 1 that sum to k: a top-k with a gradient (Lei et al., 2023; Ainslie et al.,
/// 2023, section 3.1).
///
/// The sigmoid `w = σ((s − τ) / ε)` with the threshold τ set so that the sum is k. A large score
/// comes near 1, a small one near 0; ε says how soft the step between them is. The paper finds its
/// normalized scores by fifty steps of coordinate descent; this threshold has the same two
/// properties and is found by halving an interval.
package struct SoftTopK {
  /// `w`, as many as there were scores.
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

  /// From ∂loss/∂w to ∂loss/∂s. The threshold moves with the scores, so that what one weight gains
  /// the others lose: `ds_i = g_i · (dw_i − Σ g_j dw_j / Σ g_j)` with `g = w(1 − w)/ε`.
  package func pullback(_ gradient: [Float]) -> [Float] {
    let slopes = weights.map { $0 * (1 - $0) / softness }
    let total = slopes.reduce(0, +)
    guard total > 1e-12 else { return [Float](repeating: 0, count: slopes.count) }
    let mean = zip(slopes, gradient).reduce(Float(0)) { $0 + $1.0 * $1.1 } / total
    return zip(slopes, gradient).map { $0 * ($1 - mean) }
  }

  private static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}
