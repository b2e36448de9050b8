import TensorCore

extension CPUBackend {
  public func fill(_ tensor: Tensor, with value: Float) {
    let target = tensor.hostPointer
    forElements(tensor.count) { range in
      (target + range.lowerBound).update(repeating: value, count: range.count)
    }
  }

  public func copy(_ source: Tensor, into target: Tensor) {
    let (from, to) = (source.hostPointer, target.hostPointer)
    forElements(source.count) { range in
      (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
    }
  }

  public func add(_ source: Tensor, to target: Tensor) {
    let (from, to) = (source.hostPointer, target.hostPointer)
    forElements(source.count) { range in
      let (x, y) = (from + range.lowerBound, to + range.lowerBound)
      forLanes(range.count) { i, lanes in
        store(y + i, load(y + i, lanes) + load(x + i, lanes), lanes)
      }
    }
  }

  public func multiplyElements(_ a: Tensor, _ b: Tensor, into target: Tensor) {
    let (left, right, to) = (a.hostPointer, b.hostPointer, target.hostPointer)
    forElements(target.count) { range in
      let start = range.lowerBound
      let (x, z, y) = (left + start, right + start, to + start)
      forLanes(range.count) { i, lanes in
        store(y + i, load(x + i, lanes) * load(z + i, lanes), lanes)
      }
    }
  }

  public func scale(_ target: Tensor, by factor: Float) {
    let to = target.hostPointer
    forElements(target.count) { range in
      let y = to + range.lowerBound
      forLanes(range.count) { i, lanes in store(y + i, load(y + i, lanes) * factor, lanes) }
    }
  }

  public func fillRows(_ target: Tensor, residual: Tensor?, bias: Tensor?) {
    guard let bias else {
      if let residual { copy(residual, into: target) } else { fill(target, with: 0) }
      return
    }
    let width = target.shape.lastExtent
    let (to, b, from) = (target.hostPointer, bias.hostPointer, residual?.hostPointer)
    forRows(target.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let y = to + row * width
        if let from {
          let x = from + row * width
          forLanes(width) { i, lanes in
            store(y + i, load(x + i, lanes) + load(b + i, lanes), lanes)
          }
        } else {
          y.update(from: b, count: width)
        }
      }
    }
  }

  public func sumRows(_ matrix: Tensor, into sums: Tensor, accumulate: Bool) {
    let (width, rowCount) = (matrix.shape.lastExtent, matrix.shape.rowCount)
    let (x, total) = (matrix.hostPointer, sums.hostPointer)
    sumOverRows(rowCount, width: width, into: [(total, accumulate)]) { row, partial in
      let r = x + row * width
      forLanes(width) { i, lanes in
        store(partial + i, load(partial + i, lanes) + load(r + i, lanes), lanes)
      }
    }
  }

  public func sumOfSquares(_ tensor: Tensor) -> Double {
    let x = tensor.hostPointer
    var sum = 0.0
    // Runs of 4,096 are summed in Float32 and then added in Double: exact enough for a norm, and
    // fast.
    for start in stride(from: 0, to: tensor.count, by: 4096) {
      var lanesSum = Float8.zero
      forLanes(min(4096, tensor.count - start)) { i, lanes in
        let v = load(x + start + i, lanes)
        lanesSum.addProduct(v, v)
      }
      sum += Double(sumOfLanes(lanesSum))
    }
    return sum
  }

  /// Adds the contributions of rows to sums of `width` elements, in a fixed number of pieces, so
  /// that the result does not depend on the thread count.
  ///
  /// `body(row, partial)` adds one row to `partial`, which holds the sums one after another.
  /// - Complexity: extra memory: `sumPieceCount × sums × width` elements.
  func sumOverRows(
    _ rowCount: Int, width: Int, into totals: [(UnsafeMutablePointer<Float>, accumulate: Bool)],
    _ body: (_ row: Int, _ partial: UnsafeMutablePointer<Float>) -> Void
  ) {
    let pieces = min(Self.sumPieceCount, max(1, rowCount / 32))
    let span = width * totals.count
    let workspace = empty([pieces, span], .workspace)
    // A pointer does not keep its tensor alive.
    withExtendedLifetime(workspace) {
      let partials = workspace.hostPointer
      forRows(pieces, minimum: max(1, minimumRows(width: width) * pieces / max(1, rowCount))) {
        for piece in $0 {
          let partial = partials + piece * span
          partial.update(repeating: 0, count: span)
          for row in piece * rowCount / pieces..<(piece + 1) * rowCount / pieces {
            body(row, partial)
          }
        }
      }
      for (index, total) in totals.enumerated() {
        forLanes(width) { i, lanes in
          var sum = total.accumulate ? load(total.0 + i, lanes) : Float8.zero
          for piece in 0..<pieces {
            sum += load(partials + piece * span + index * width + i, lanes)
          }
          store(total.0 + i, sum, lanes)
        }
      }
    }
  }
}
