import Foundation

/// The softmax of a stream of scores. It keeps two numbers, at any length of
/// the stream (Milakov and Gimelshein, 2018).
///
/// `maximum` is the largest score so far, `sum` is `Σ e^(score − maximum)`.
/// When a larger score arrives, the sum is too large by `e^(new − old)`. So is
/// every other sum with weights of the old maximum. `absorb` corrects the sum
/// and returns the factor for the others.
package struct OnlineSoftmax {
  package private(set) var maximum: Float = -.infinity
  package private(set) var sum: Float = 0

  package init() {}

  /// Adds the next scores and replaces them by their weights,
  /// `e^(score − maximum)`.
  ///
  /// - Returns: the factor `e^(old maximum − new maximum)`, at most 1, for
  ///   every sum with earlier weights.
  package mutating func absorb(_ scores: inout [Float]) -> Float {
    // lesson: begin absorb
    let larger = max(maximum, scores.max() ?? -.infinity)  // (3)
    // Only masked scores so far: −∞ − (−∞) would be NaN, and there is
    // nothing to correct.
    guard larger > -.infinity else {
      scores = scores.map { _ in 0 }
      return 1
    }
    let factor = exp(maximum - larger)
    scores = scores.map { exp($0 - larger) }
    sum = factor * sum + scores.reduce(0, +)  // (4)
    maximum = larger
    return factor
    // lesson: end absorb
  }

  /// `ln Σ e^score` of all scores so far, −∞ if all were masked. A backward
  /// pass needs only this number.
  package var logSumExp: Float { maximum + log(sum) }  // (5)
}
