import Foundation

/// The softmax of a stream: two numbers, whatever its length (Milakov and
/// Gimelshein, 2018).
///
/// `maximum` is the largest score so far, `sum` is `Σ e^(score − maximum)`.
/// When a larger score comes, everything summed up to now is too large by
/// `e^(new − old)`, and so is whatever else was weighted with the old maximum.
/// `absorb` mends the one and hands out the factor for the other.
package struct OnlineSoftmax {
  package private(set) var maximum: Float = -.infinity
  package private(set) var sum: Float = 0

  package init() {}

  /// Takes the next scores in and leaves their weights, `e^(score − maximum)`,
  /// in their place.
  ///
  /// - Returns: the factor `e^(old maximum − new maximum)`, at most 1, for
  ///   everything that was added up with earlier weights.
  package mutating func absorb(_ scores: inout [Float]) -> Float {
    let larger = max(maximum, scores.max() ?? -.infinity)
    // Nothing but masked scores so far: −∞ − (−∞) would be no number, and
    // there is nothing to mend.
    guard larger > -.infinity else {
      scores = scores.map { _ in 0 }
      return 1
    }
    let factor = exp(maximum - larger)
    scores = scores.map { exp($0 - larger) }
    sum = factor * sum + scores.reduce(0, +)
    maximum = larger
    return factor
  }

  /// `ln Σ e^score` of all scores so far, −∞ where none was seen: all that a
  /// backward pass needs.
  package var logSumExp: Float { maximum + log(sum) }
}
