import Foundation

/// The exponent b of `y = a · xᵇ`, by least squares through the logarithms.
/// - Precondition: at least two points, all positive.
package func exponent(_ x: [Double], _ y: [Double]) -> Double {
  precondition(
    x.count == y.count && x.count > 1 && (x + y).allSatisfy { $0 > 0 },
    "exponent: \(x.count) and \(y.count) numbers, at least two of each and all positive")
  let (u, v) = (x.map { log($0) }, y.map { log($0) })
  let (meanU, meanV) = (u.reduce(0, +) / Double(u.count), v.reduce(0, +) / Double(v.count))
  let covariance = zip(u, v).reduce(0) { $0 + ($1.0 - meanU) * ($1.1 - meanV) }
  return covariance / u.reduce(0) { $0 + ($1 - meanU) * ($1 - meanU) }
}
