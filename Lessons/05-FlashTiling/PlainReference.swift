import Foundation

/// Attention of one head as the formula says it, in Double, with the whole matrix: what all others
/// on this page are held against.
package struct PlainReference {
  /// `[length, length]`, row-major; 0 where a key is masked.
  package let probabilities: [Double]
  package let output: [Double]
  private let queries: Matrix
  private let keys: Matrix
  private let values: Matrix
  private let scale: Double

  package init(queries: Matrix, keys: Matrix, values: Matrix, isCausal: Bool) {
    (self.queries, self.keys, self.values) = (queries, keys, values)
    let (n, d) = (queries.rows, queries.columns)
    // The engine's own scale, as a Float32 number, so that only the arithmetic differs.
    let scale = Double(1 / Float(d).squareRoot())
    self.scale = scale
    var map = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      let seen = isCausal ? i + 1 : n
      let scores = (0..<seen).map { scale * Self.dot(queries, i, keys, $0) }
      let largest = scores.max() ?? 0
      let weights = scores.map { exp($0 - largest) }
      let sum = weights.reduce(0, +)
      for j in 0..<seen { map[i * n + j] = weights[j] / sum }
    }
    probabilities = map
    output = Self.product(map, values)
  }

  /// `dV = pᵀ·dO`, `dp = dO·Vᵀ`, `ds = p ∘ (dp − Σ p·dp)`, `dQ = scale · ds·K`, `dK = scale · dsᵀ·Q`
  package func gradients(
    outputGradient: Matrix
  ) -> (queries: [Double], keys: [Double], values: [Double]) {
    let n = queries.rows
    var ds = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      let dp = (0..<n).map { Self.dot(outputGradient, i, values, $0) }
      let mean = (0..<n).reduce(0) { $0 + probabilities[i * n + $1] * dp[$1] }
      for j in 0..<n { ds[i * n + j] = scale * probabilities[i * n + j] * (dp[j] - mean) }
    }
    return (
      Self.product(ds, keys),
      Self.product(Self.turned(ds, n), queries),
      Self.product(Self.turned(probabilities, n), outputGradient)
    )
  }

  private static func dot(_ a: Matrix, _ i: Int, _ b: Matrix, _ j: Int) -> Double {
    (0..<a.columns).reduce(0) { $0 + Double(a[i, $1]) * Double(b[j, $1]) }
  }

  private static func turned(_ a: [Double], _ n: Int) -> [Double] {
    (0..<n * n).map { a[$0 % n * n + $0 / n] }
  }

  /// `a • b`, for a of `[rows, b.rows]`.
  private static func product(_ a: [Double], _ b: Matrix) -> [Double] {
    let rows = a.count / b.rows
    var result = [Double](repeating: 0, count: rows * b.columns)
    for i in 0..<rows {
      for k in 0..<b.rows where a[i * b.rows + k] != 0 {
        for j in 0..<b.columns {
          result[i * b.columns + j] += a[i * b.rows + k] * Double(b[k, j])
        }
      }
    }
    return result
  }
}
