import TensorCore

extension CPUBackend {
  public func softmaxRows(_ x: Tensor, scale: Float, isCausal: Bool) {
    let (count, width) = (x.shape.rowCount, x.shape.lastExtent)
    let rows = x.shape.rank > 1 ? x.shape[x.shape.rank - 2] : 1
    let xs = x.hostPointer
    forSharedRows(count, width: width) { row in
      let visibleCount = isCausal ? max(0, min(width, row % rows + 1 + width - rows)) : width
      let r = xs + row * width
      (r + visibleCount).update(repeating: 0, count: width - visibleCount)
      if visibleCount > 0 { softmax(r, count: visibleCount, scale: scale) }
    }
  }

  public func softmaxRowsBackward(_ dy: Tensor, y: Tensor, scale: Float) {
    let width = dy.shape.lastExtent
    let (dys, ys) = (dy.hostPointer, y.hostPointer)
    forSharedRows(dy.shape.rowCount, width: width) { row in
      let (g, p) = (dys + row * width, ys + row * width)
      var products = Float8.zero
      forLanes(width) { i, lanes in products.addProduct(load(g + i, lanes), load(p + i, lanes)) }
      let mean = sumOfLanes(products)
      forLanes(width) { i, lanes in
        store(g + i, load(p + i, lanes) * (load(g + i, lanes) - mean) * scale, lanes)
      }
    }
  }

  /// Threads take a few rows at a time, because under a causal mask the last rows take longest.
  private func forSharedRows(_ count: Int, width: Int, _ body: (Int) -> Void) {
    let together = minimumRows(width: width)
    parallel(tasks: (count + together - 1) / together) { task, _ in
      for row in task * together..<min(count, (task + 1) * together) { body(row) }
    }
  }
}

/// `row = softmax(scale · row)`, in place.
@inline(__always)
private func softmax(_ row: UnsafeMutablePointer<Float>, count: Int, scale: Float) {
  var high = Float8(repeating: -.infinity)
  forLanes(count) { i, lanes in
    high = maximum(high, load(row + i, lanes, filler: -.infinity) * scale)
  }
  let top = largestLane(high)
  var sum = Float8.zero
  forLanes(count) { i, lanes in
    let e = vexp(load(row + i, lanes, filler: -.infinity) * scale - top)
    store(row + i, e, lanes)
    sum += e
  }
  let factor = 1 / sumOfLanes(sum)
  forLanes(count) { i, lanes in store(row + i, load(row + i, lanes) * factor, lanes) }
}
