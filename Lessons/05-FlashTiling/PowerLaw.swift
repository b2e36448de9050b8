import Foundation

/// `y = factor · x^exponent`, by least squares in logarithms.
package struct PowerLaw {
  package let exponent: Double
  package let factor: Double

  /// Nil for fewer than two different x, or where something is not above zero.
  package init?(_ x: [Double], _ y: [Double]) {
    guard x.count == y.count, (x + y).allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let (logX, logY) = (x.map { log($0) }, y.map { log($0) })
    let count = Double(x.count)
    let (meanX, meanY) = (logX.reduce(0, +) / count, logY.reduce(0, +) / count)
    let spread = logX.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    guard spread > 0 else { return nil }
    let slope = zip(logX, logY).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
    exponent = slope
    factor = exp(meanY - slope * meanX)
  }
}
