import TensorCore

extension CPUBackend {
  public func layerNorm(
    _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into y: Tensor, mean: Tensor,
    rstd: Tensor
  ) {
    let width = x.shape.lastExtent
    let (xs, ys, w, b) = (x.hostPointer, y.hostPointer, weight.hostPointer, bias.hostPointer)
    let (means, rstds) = (mean.hostPointer, rstd.hostPointer)
    forRows(x.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (r, out) = (xs + row * width, ys + row * width)
        var sum = Float8.zero
        forLanes(width) { i, lanes in sum += load(r + i, lanes) }
        let mu = sumOfLanes(sum) / Float(width)
        // Two passes: the variance from squares of differences does not cancel.
        var squares = Float8.zero
        forLanes(width) { i, lanes in
          let d = load(r + i, lanes, filler: mu) - mu
          squares.addProduct(d, d)
        }
        let rstd = 1 / (sumOfLanes(squares) / Float(width) + epsilon).squareRoot()
        means[row] = mu
        rstds[row] = rstd
        forLanes(width) { i, lanes in
          let normal = (load(r + i, lanes) - mu) * rstd
          store(out + i, load(b + i, lanes).addingProduct(normal, load(w + i, lanes)), lanes)
        }
      }
    }
  }

  public func layerNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor, rstd: Tensor,
    dx: Tensor, accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool, dBias: Tensor,
    accumulateBias: Bool
  ) {
    // With n = (x − mean)·rstd and g = dy·weight:  dx = rstd · (g − mean(g) − n·mean(g·n))
    let width = x.shape.lastExtent
    let (dys, xs, dxs, w) = (dy.hostPointer, x.hostPointer, dx.hostPointer, weight.hostPointer)
    let (means, rstds) = (mean.hostPointer, rstd.hostPointer)
    sumOverRows(
      x.shape.rowCount, width: width,
      into: [(dWeight.hostPointer, accumulateWeight), (dBias.hostPointer, accumulateBias)]
    ) { row, partial in
      let (g, r, d) = (dys + row * width, xs + row * width, dxs + row * width)
      let (mu, rstd) = (means[row], rstds[row])
      var (sumG, sumGN) = (Float8.zero, Float8.zero)
      forLanes(width) { i, lanes in
        let out = load(g + i, lanes)
        let normal = (load(r + i, lanes) - mu) * rstd
        let inner = out * load(w + i, lanes)
        sumG += inner
        sumGN.addProduct(inner, normal)
        store(partial + i, load(partial + i, lanes).addingProduct(out, normal), lanes)
        store(partial + width + i, load(partial + width + i, lanes) + out, lanes)
      }
      let (meanG, meanGN) = (sumOfLanes(sumG) / Float(width), sumOfLanes(sumGN) / Float(width))
      forLanes(width) { i, lanes in
        let normal = (load(r + i, lanes) - mu) * rstd
        let inner = load(g + i, lanes) * load(w + i, lanes) - meanG
        let gradient = (inner - normal * meanGN) * rstd
        store(d + i, accumulate ? load(d + i, lanes) + gradient : gradient, lanes)
      }
    }
  }

  public func rmsNorm(
    _ x: Tensor, weight: Tensor, epsilon: Float, into y: Tensor, rstd: Tensor
  ) {
    let width = x.shape.lastExtent
    let (xs, ys, w) = (x.hostPointer, y.hostPointer, weight.hostPointer)
    let rstds = rstd.hostPointer
    forRows(x.shape.rowCount, minimum: minimumRows(width: width)) { rows in
      for row in rows {
        let (r, out) = (xs + row * width, ys + row * width)
        var squares = Float8.zero
        forLanes(width) { i, lanes in
          let v = load(r + i, lanes)
          squares.addProduct(v, v)
        }
        let rstd = 1 / (sumOfLanes(squares) / Float(width) + epsilon).squareRoot()
        rstds[row] = rstd
        forLanes(width) { i, lanes in
          store(out + i, load(r + i, lanes) * rstd * load(w + i, lanes), lanes)
        }
      }
    }
  }

  public func rmsNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, dx: Tensor,
    accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool
  ) {
    // With n = x·rstd and g = dy·weight: dx = rstd · (g − n·mean(g·n))
    let width = x.shape.lastExtent
    let (dys, xs, dxs, w) = (dy.hostPointer, x.hostPointer, dx.hostPointer, weight.hostPointer)
    let rstds = rstd.hostPointer
    sumOverRows(
      x.shape.rowCount, width: width, into: [(dWeight.hostPointer, accumulateWeight)]
    ) { row, partial in
      let (g, r, d) = (dys + row * width, xs + row * width, dxs + row * width)
      let rstd = rstds[row]
      var sumGN = Float8.zero
      forLanes(width) { i, lanes in
        let out = load(g + i, lanes)
        let normal = load(r + i, lanes) * rstd
        sumGN.addProduct(out * load(w + i, lanes), normal)
        store(partial + i, load(partial + i, lanes).addingProduct(out, normal), lanes)
      }
      let meanGN = sumOfLanes(sumGN) / Float(width)
      forLanes(width) { i, lanes in
        let normal = load(r + i, lanes) * rstd
        let gradient = (load(g + i, lanes) * load(w + i, lanes) - normal * meanGN) * rstd
        store(d + i, accumulate ? load(d + i, lanes) + gradient : gradient, lanes)
      }
    }
  }
}
