import Foundation

/// The softmax as in its formula: `e^x` divided by the sum of all `e^x`.
///
/// In Float32 `e^x` is infinite above 88.7, and infinity divided by infinity
/// is NaN.
package func bareSoftmax(_ scores: [Float]) -> [Float] {
  let weights = scores.map { exp($0) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}

/// The softmax with the largest score subtracted first: no exponent is above
/// 0, one is 0, and the factor `e^(−max)` cancels.
///
/// Three passes over the scores: the maximum, the sum, the division. So the
/// whole row must be in memory before its first weight is known.
package func safeSoftmax(_ scores: [Float]) -> [Float] {
  let largest = scores.max() ?? 0  // (2)
  let weights = scores.map { exp($0 - largest) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }  // (1)
}
