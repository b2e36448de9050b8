import Foundation
import SmallTransformer

/// The textbook forms, in Double and one number at a time, that the engine's are held against.
enum NaiveVersions {
  /// A query or key turned to its position: each pair of numbers is one complex number, multiplied
  /// by `e^(i·p·θ)` (Su et al., 2021, equation 13). Pairs are (i, i + D/2).
  static func turned(_ vector: [Double], position: Int, frequencies: [Double]) -> [Double] {
    var result = vector
    let half = vector.count / 2
    for pair in 0..<half {
      let angle = Double(position) * frequencies[pair]
      let (a, b) = (vector[pair], vector[pair + half])
      result[pair] = a * cos(angle) - b * sin(angle)
      result[pair + half] = a * sin(angle) + b * cos(angle)
    }
    return result
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Causal attention probabilities of one head, with a bias of `−slope · distance`.
  ///
  /// Shapes: queries and keys `[length][headDim]`; the result `[length][length]`.
  static func probabilities(
    queries: [[Double]], keys: [[Double]], slope: Double
  ) -> [[Double]] {
    let scale = 1 / Double(queries[0].count).squareRoot()
    return queries.enumerated().map { i, query in
      let scores = keys.enumerated().map { j, key in
        j > i ? -Double.infinity : dot(query, key) * scale - slope * Double(i - j)
      }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    }
  }
}
