import Foundation

/// The softmax as it is written: `e^x` over the sum of all `e^x`.
///
/// In Float32 `e^x` is infinite above 88.7, and infinity over infinity is
/// not a number.
package func bareSoftmax(_ scores: [Float]) -> [Float] {
  let weights = scores.map { exp($0) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}

/// The same with the largest score taken away first: no exponent is above 0,
/// one is 0, and the factor `e^(−max)` cancels.
///
/// Three passes over the scores: the maximum, the sum, the division. So a
/// whole row must be there before its first weight is known.
package func safeSoftmax(_ scores: [Float]) -> [Float] {
  let largest = scores.max() ?? 0
  let weights = scores.map { exp($0 - largest) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}
