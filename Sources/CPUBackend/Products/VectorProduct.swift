// `C [1, n] = A [1, k] · B [k, n]`: a row times a matrix, as each linear layer of a decoding step. Every
// element of B is read once, so the product is bound by memory: all threads read B in the order in
// which it lies there.
//
// OpenBLAS packs B in such a product: half of this speed for weights that come from memory. It does not
// pack a transposed B, and is then as fast as this would be.

/// The fewest elements of B for which this is faster than the library's call.
private let leastElements = 4096

extension PackedProduct {
  var isVectorProduct: Bool {
    m == 1 && !a.isTransposed && !b.isTransposed && k * n >= leastElements
  }
}

extension CPUBackend {
  /// A task adds some whole rows of B, each times one element of A. The pieces depend on the shape
  /// only, and are added in order.
  func multiplyVector(_ product: PackedProduct) {
    let (k, n, c) = (product.k, product.n, product.c)
    let count = max(1, min(Self.sumPieceCount, k / 16))
    withUncountedMemory(count * n) { sums in
      forTasks(count, operations: 2 * k * n) { piece in
        product.addRows(piece * k / count..<(piece + 1) * k / count, into: sums + piece * n)
      }
      forLanes(n) { i, lanes in
        var sum = load(sums + i, lanes)
        for piece in 1..<max(1, count) { sum += load(sums + piece * n + i, lanes) }
        if product.accumulates { sum += load(c + i, lanes) }
        store(c + i, sum, lanes)
      }
    }
  }
}

extension PackedProduct {
  /// `sums [n] = A[rows] · B[rows, :]`. Four rows at a time: the sums are then read and written once for
  /// four rows of B.
  fileprivate func addRows(_ rows: Range<Int>, into sums: UnsafeMutablePointer<Float>) {
    let a = a.start
    var row = rows.lowerBound
    while row < rows.upperBound {
      let height = min(4, rows.upperBound - row)
      let isFirst = row == rows.lowerBound
      if height == 4 {
        let (b0, b1) = (b.pointer(row, 0), b.pointer(row + 1, 0))
        let (b2, b3) = (b.pointer(row + 2, 0), b.pointer(row + 3, 0))
        let (a0, a1) = (Float8(repeating: a[row]), Float8(repeating: a[row + 1]))
        let (a2, a3) = (Float8(repeating: a[row + 2]), Float8(repeating: a[row + 3]))
        forLanes(n) { i, lanes in
          var sum = isFirst ? Float8.zero : load(sums + i, lanes)
          sum.addProduct(a0, load(b0 + i, lanes))
          sum.addProduct(a1, load(b1 + i, lanes))
          sum.addProduct(a2, load(b2 + i, lanes))
          sum.addProduct(a3, load(b3 + i, lanes))
          store(sums + i, sum, lanes)
        }
      } else {
        for next in row..<row + height {
          let (from, factor) = (b.pointer(next, 0), Float8(repeating: a[next]))
          forLanes(n) { i, lanes in
            var sum = isFirst && next == row ? Float8.zero : load(sums + i, lanes)
            sum.addProduct(factor, load(from + i, lanes))
            store(sums + i, sum, lanes)
          }
        }
      }
      row += height
    }
  }
}
