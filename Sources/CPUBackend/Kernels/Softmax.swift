import TensorCore

extension CPUBackend {
  public func softmaxRows(_ scores: Tensor, firstKeyCount: Int, scale: Float) {
    let (width, queries) = (scores.shape.lastExtent, scores.shape[scores.shape.rank - 2])
    let xs = scores.hostPointer
    forRows(scores.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let r = xs + row * width
        let seen = max(0, min(width, firstKeyCount + row % queries))
        var high = Float8(repeating: -.infinity)
        forLanes(seen) { i, lanes in high = maximum(high, load(r + i, lanes, filler: -.infinity)) }
        let top = largestLane(high)
        var sum = Float8.zero
        forLanes(seen) { i, lanes in
          let e = vexp((load(r + i, lanes, filler: -.infinity) - top) * scale)
          sum += e
          store(r + i, e, lanes)
        }
        let factor = 1 / sumOfLanes(sum)
        forLanes(seen) { i, lanes in store(r + i, load(r + i, lanes) * factor, lanes) }
        (r + seen).update(repeating: 0, count: width - seen)
      }
    }
  }

  public func softmaxRowsBackward(_ gradient: Tensor, probabilities: Tensor, scale: Float) {
    let width = gradient.shape.lastExtent
    let (gs, ps) = (gradient.hostPointer, probabilities.hostPointer)
    forRows(gradient.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (g, p) = (gs + row * width, ps + row * width)
        var products = Float8.zero
        forLanes(width) { i, lanes in products.addProduct(load(g + i, lanes), load(p + i, lanes)) }
        let mean = sumOfLanes(products)
        forLanes(width) { i, lanes in
          store(g + i, (load(g + i, lanes) - mean) * load(p + i, lanes) * scale, lanes)
        }
      }
    }
  }
}
