import Foundation

/// The arithmetic mean.
public func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// The geometric mean; nil if a value is missing.
public func geometricMean(of values: [Double?]) -> Double? {
  let found = values.compactMap { $0 }
  guard !found.isEmpty, found.count == values.count else { return nil }
  return exp(found.reduce(0) { $0 + log($1) } / Double(found.count))
}

/// The interval that contains the true share with a confidence of 95 %, for `right` of `asked`
/// independent questions (Wilson, 1927). It is right for shares near 0 and 1 too, where the normal
/// approximation has no width. NaN if nothing was asked.
public func wilsonInterval(right: Int, asked: Int) -> (low: Double, high: Double) {
  guard asked > 0 else { return (.nan, .nan) }
  let z = 1.959964
  let (n, share) = (Double(asked), Double(right) / Double(asked))
  let center = (share + z * z / (2 * n)) / (1 + z * z / n)
  let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
  return (max(0, center - half), min(1, center + half))
}
