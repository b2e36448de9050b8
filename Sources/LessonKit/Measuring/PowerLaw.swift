import Foundation

/// A least-squares fit of `y = factor · x^exponent`: a straight line in log-log space.
public struct PowerLaw: Codable, Equatable, Sendable {
  public let exponent: Double
  public let factor: Double

  /// Nil if there are fewer than two different x, if the counts differ, or if a value is not
  /// positive and finite.
  public init?(_ x: [Double], _ y: [Double]) {
    guard x.count == y.count, (x + y).allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let (logX, logY) = (x.map { log($0) }, y.map { log($0) })
    let count = Double(x.count)
    let (meanX, meanY) = (logX.reduce(0, +) / count, logY.reduce(0, +) / count)
    let variance = logX.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    guard variance > 0 else { return nil }
    let slope = zip(logX, logY).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / variance
    exponent = slope
    factor = exp(meanY - slope * meanX)
  }

  /// The fitted y at x.
  public func callAsFunction(_ x: Double) -> Double { factor * pow(x, exponent) }
}
