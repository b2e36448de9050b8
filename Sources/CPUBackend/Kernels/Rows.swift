import TensorCore

extension CPUBackend {
  public func gatherRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    let width = y.shape.lastExtent
    let (xs, ys) = (x.hostPointer, y.hostPointer)
    forRows(rows.count, minimum: minimumRows(width: width)) { range in
      for i in range {
        (ys + i * width).update(from: xs + Int(rows[i]) * width, count: width)
      }
    }
  }

  public func scatterAddRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    // Threads share columns, not rows: two rows may add to the same one.
    let width = y.shape.lastExtent
    let (xs, ys) = (x.hostPointer, y.hostPointer)
    forRows((width + 15) / 16, minimum: max(1, 262_144 / max(1, rows.count * 16))) { blocks in
      let columns = blocks.lowerBound * 16..<min(width, blocks.upperBound * 16)
      for (i, row) in rows.enumerated() {
        let source = xs + i * width + columns.lowerBound
        let target = ys + Int(row) * width + columns.lowerBound
        forLanes(columns.count) { i, lanes in
          store(target + i, load(target + i, lanes) + load(source + i, lanes), lanes)
        }
      }
    }
  }

  public func scaleRows(_ x: Tensor, by factors: Tensor, into y: Tensor) {
    let width = x.shape.lastExtent
    let (xs, ys, f) = (x.hostPointer, y.hostPointer, factors.hostPointer)
    forRows(x.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (source, target) = (xs + row * width, ys + row * width)
        forLanes(width) { i, lanes in store(target + i, load(source + i, lanes) * f[row], lanes) }
      }
    }
  }

  public func rowDots(_ a: Tensor, _ b: Tensor, into y: Tensor) {
    // OpenBLAS sums the products, as a matrix product with a column of ones.
    let products = empty(a.shape, .workspace)
    let ones = full(1, [a.shape.lastExtent, 1], .workspace)
    multiplyElements(a, b, into: products)
    multiply(
      products, transposed: false, ones, transposed: false,
      into: y.reshaped([a.shape.rowCount, 1]), accumulate: false)
  }
}
