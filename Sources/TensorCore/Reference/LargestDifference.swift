/// The largest absolute difference between results and their reference, element by element; infinite
/// if the counts differ or a difference is NaN, so that no check passes with a missing or NaN result.
package func largestAbsoluteDifference(
  _ values: some Collection<Float>, _ reference: some Collection<Double>
) -> Double {
  largest(values, reference) { abs(Double($0) - $1) }
}

/// The same between two results of the engine; each difference is computed in Float.
package func largestAbsoluteDifference(
  _ values: some Collection<Float>, _ others: some Collection<Float>
) -> Double {
  largest(values, others) { Double(abs($0 - $1)) }
}

/// The same between two results in Double.
package func largestAbsoluteDifference(
  _ values: some Collection<Double>, _ others: some Collection<Double>
) -> Double {
  largest(values, others) { abs($0 - $1) }
}

private func largest<First: Collection, Second: Collection>(
  _ first: First, _ second: Second, _ difference: (First.Element, Second.Element) -> Double
) -> Double {
  guard first.count == second.count else { return .infinity }
  var worst = 0.0
  for (a, b) in zip(first, second) {
    let found = difference(a, b)
    // `max` drops a NaN on its right.
    if found.isNaN { return .infinity }
    worst = max(worst, found)
  }
  return worst
}
