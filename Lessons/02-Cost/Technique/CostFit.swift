/// A fit of `cost = a · n²d + b · nd² + c · nd` to counted layers, by least squares.
package struct CostFit {
  /// a
  package let quadratic: Double
  /// b
  package let linear: Double
  /// c
  package let remainder: Double
  /// The largest difference between the fit and a count, relative to the count.
  package let largestDifference: Double

  /// One counted layer.
  package struct Point {
    package let n: Int
    package let d: Int
    package let cost: Double

    package init(n: Int, d: Int, cost: Double) { (self.n, self.d, self.cost) = (n, d, cost) }
  }

  /// Divided by nd, the cost is a plane over n and d: `cost / nd = a · n + b · d + c`.
  /// - Precondition: at least two lengths and two widths among the points.
  package init(_ points: [Point]) {
    precondition(
      Set(points.map(\.n)).count > 1 && Set(points.map(\.d)).count > 1,
      "fit: a plane needs two lengths and two widths")
    // Normal equations for the unknowns (a, b, c).
    var (matrix, right) = ([[Double]](repeating: [0, 0, 0], count: 3), [0.0, 0, 0])
    for point in points {
      let row = [Double(point.n), Double(point.d), 1]
      let height = point.cost / Double(point.n * point.d)
      for i in 0..<3 {
        right[i] += row[i] * height
        for j in 0..<3 { matrix[i][j] += row[i] * row[j] }
      }
    }
    let solution = solved(matrix, right)
    let (a, b, c) = (solution[0], solution[1], solution[2])
    (quadratic, linear, remainder) = (a, b, c)
    largestDifference =
      points.map { point in
        let (n, d) = (Double(point.n), Double(point.d))
        let fitted = a * n * n * d + b * n * d * d + c * n * d
        return abs(fitted / point.cost - 1)
      }.max() ?? 0
  }

  /// The length, in widths, at which attention costs the same as the linear layers.
  package var crossing: Double { linear / quadratic }
}

/// Solves three equations in three unknowns by elimination, with the largest pivot first.
private func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
  var rows = zip(matrix, right).map { $0 + [$1] }
  for column in 0..<3 {
    let pivot = (column..<3).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
    rows.swapAt(column, pivot)
    for row in 0..<3 where row != column {
      let factor = rows[row][column] / rows[column][column]
      for place in column..<4 { rows[row][place] -= factor * rows[column][place] }
    }
  }
  return (0..<3).map { rows[$0][3] / rows[$0][$0] }
}
