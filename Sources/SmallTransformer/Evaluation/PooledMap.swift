/// An attention map pooled to a small grid: the mean and maximum of the probabilities in each cell.
///
/// Cell (r, c) covers queries `r·block ..< (r + 1)·block` and keys `c·block ..< (c + 1)·block`.
/// Only pairs that the causal mask allows are counted: a cell on the diagonal is the mean of its
/// lower triangle, and a cell above it has no value. The memory is that of the grid, for any
/// length.
package struct PooledMap: Codable {
  package let length: Int
  /// Queries per row of the grid, and keys per column.
  package let block: Int
  /// Rows and columns of the grid.
  package let side: Int
  private var sums: [Double]
  private var largest: [Float]
  private var counts: [Int]

  /// A grid of at most `side` rows and columns; a shorter text has one cell per pair.
  package init(length: Int, side: Int) {
    precondition(
      length > 0 && side > 0, "pooled map: length \(length), side \(side); both must be positive")
    self.length = length
    block = (length + side - 1) / side
    self.side = (length + block - 1) / block
    sums = [Double](repeating: 0, count: self.side * self.side)
    largest = [Float](repeating: 0, count: self.side * self.side)
    counts = [Int](repeating: 0, count: self.side * self.side)
  }

  /// Adds the probabilities of query `row` for the keys from `firstKey` on. Keys after the query
  /// are ignored.
  package mutating func add(
    row: Int, firstKey: Int, _ probabilities: UnsafeBufferPointer<Float>
  ) {
    let end = min(row + 1, firstKey + probabilities.count)
    var key = firstKey
    while key < end {
      let cellEnd = min(end, (key / block + 1) * block)
      let cell = row / block * side + key / block
      let (sum, most) = Self.sumAndLargest(
        UnsafeBufferPointer(rebasing: probabilities[key - firstKey..<cellEnd - firstKey]))
      sums[cell] += Double(sum)
      largest[cell] = max(largest[cell], most)
      counts[cell] += cellEnd - key
      key = cellEnd
    }
  }

  /// The mean of each cell, row-major `[side, side]`; NaN for a cell without pairs.
  package var means: [Float] {
    sums.indices.map { counts[$0] > 0 ? Float(sums[$0] / Double(counts[$0])) : .nan }
  }

  /// The maximum of each cell, row-major `[side, side]`; NaN for a cell without pairs.
  package var maxima: [Float] {
    largest.indices.map { counts[$0] > 0 ? largest[$0] : .nan }
  }

  /// Eight at a time, because at long lengths most of the time is spent here.
  private static func sumAndLargest(
    _ values: UnsafeBufferPointer<Float>
  ) -> (sum: Float, largest: Float) {
    var (sums, most) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    let raw = UnsafeRawBufferPointer(values)
    let whole = values.count & ~7
    for j in stride(from: 0, to: whole, by: 8) {
      let p = raw.loadUnaligned(
        fromByteOffset: j * MemoryLayout<Float>.stride, as: SIMD8<Float>.self)
      sums += p
      most.replace(with: p, where: p .> most)
    }
    var (sum, largest) = (sums.sum(), most.max())
    for j in whole..<values.count {
      sum += values[j]
      largest = max(largest, values[j])
    }
    return (sum, largest)
  }
}

extension PooledMap {
  /// The largest difference, of a mean or a maximum, from the pooling of a whole causal matrix
  /// `[length, length]`.
  package func largestDifference(toMatrix matrix: [Float]) -> Double {
    guard matrix.count == length * length else { return .infinity }
    let (means, maxima) = (self.means, self.maxima)
    var worst = 0.0
    for row in 0..<side {
      for column in 0...row {
        var (sum, largest, count) = (0.0, Float(0), 0)
        for i in row * block..<min(length, (row + 1) * block) {
          for j in column * block..<min(length, (column + 1) * block) where j <= i {
            sum += Double(matrix[i * length + j])
            largest = max(largest, matrix[i * length + j])
            count += 1
          }
        }
        let cell = row * side + column
        let differences = [
          abs(Double(means[cell]) - sum / Double(count)), Double(abs(maxima[cell] - largest)),
        ]
        // `max` drops a NaN on its right.
        if differences.contains(where: \.isNaN) { return .infinity }
        worst = max(worst, differences[0], differences[1])
      }
    }
    return worst
  }
}
