import TensorCore

/// A small row-major matrix for readable code.
package struct Matrix: Equatable {
  package let rows: Int
  package let columns: Int
  package var values: [Float]

  package init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.init(
      rows: rows, columns: columns, values: [Float](repeating: value, count: rows * columns))
  }

  /// - Precondition: `rows · columns` values.
  package init(rows: Int, columns: Int, values: [Float]) {
    precondition(
      values.count == rows * columns, "matrix: \(values.count) values for \(rows) × \(columns)")
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// Normal numbers, drawn from the generator.
  package init(rows: Int, columns: Int, normal generator: inout SeededGenerator) {
    self.init(
      rows: rows, columns: columns, values: (0..<rows * columns).map { _ in generator.normal() })
  }

  package subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// Row `i` of this matrix times row `j` of another: a score.
  func dot(_ i: Int, _ other: Matrix, _ j: Int) -> Float {
    var sum: Float = 0
    for d in 0..<columns { sum += values[i * columns + d] * other.values[j * columns + d] }
    return sum
  }

  /// `self[i, :] = factor · self[i, :] + Σ weights[j] · other[first + j, :]`
  mutating func blend(
    _ i: Int, by factor: Float, adding weights: [Float], _ other: Matrix, from first: Int
  ) {
    scale(i, by: factor)
    for (j, weight) in weights.enumerated() { add(weight, other, first + j, to: i) }
  }

  /// `self[i, :] *= factor`
  mutating func scale(_ i: Int, by factor: Float) {
    for d in 0..<columns { values[i * columns + d] *= factor }
  }

  /// `self[i, :] += weight · other[j, :]`
  mutating func add(_ weight: Float, _ other: Matrix, _ j: Int, to i: Int) {
    for d in 0..<columns { values[i * columns + d] += weight * other.values[j * columns + d] }
  }

  /// The largest absolute difference to an array in Double; infinite if the counts differ or a
  /// difference is NaN.
  package func largestDifference(to reference: [Double]) -> Double {
    largestAbsoluteDifference(values, reference)
  }
}
