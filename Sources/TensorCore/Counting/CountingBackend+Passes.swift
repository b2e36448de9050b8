// The kernel families that take one pass over memory, or a few.

extension CountingBackend {
  public func fill(_ tensor: Tensor, with value: Float) {
    pass(.elementwise, writing: tensor.count, moving: tensor.count) {
      inner.fill(tensor, with: value)
    }
  }

  public func copy(_ source: Tensor, into target: Tensor) {
    pass(.elementwise, writing: target.count, moving: 2 * target.count) {
      inner.copy(source, into: target)
    }
  }

  public func add(_ source: Tensor, to target: Tensor) {
    pass(.elementwise, writing: target.count, moving: 3 * target.count) {
      inner.add(source, to: target)
    }
  }

  public func multiplyElements(_ a: Tensor, _ b: Tensor, into target: Tensor) {
    pass(.elementwise, writing: target.count, moving: 3 * target.count) {
      inner.multiplyElements(a, b, into: target)
    }
  }

  public func scale(_ target: Tensor, by factor: Float) {
    pass(.elementwise, writing: target.count, moving: 2 * target.count) {
      inner.scale(target, by: factor)
    }
  }

  public func fillRows(_ target: Tensor, residual: Tensor?, bias: Tensor?) {
    let read = (residual?.count ?? 0) + (bias?.count ?? 0)
    pass(.elementwise, writing: target.count, moving: target.count + read) {
      inner.fillRows(target, residual: residual, bias: bias)
    }
  }

  public func sumRows(_ matrix: Tensor, into sums: Tensor, accumulate: Bool) {
    let sumPasses = accumulate ? 2 : 1
    pass(.elementwise, writing: matrix.count, moving: matrix.count + sumPasses * sums.count) {
      inner.sumRows(matrix, into: sums, accumulate: accumulate)
    }
  }

  public func sumOfSquares(_ tensor: Tensor) -> Double {
    return pass(.elementwise, writing: tensor.count, moving: tensor.count) {
      inner.sumOfSquares(tensor)
    }
  }
}

extension CountingBackend {
  public func gatherRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    pass(.row, writing: y.count, moving: 2 * y.count) {
      inner.gatherRows(x, rows: rows, into: y)
    }
  }

  public func scatterAddRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    pass(.row, writing: x.count, moving: 3 * x.count) {
      inner.scatterAddRows(x, rows: rows, into: y)
    }
  }

  public func scaleRows(_ x: Tensor, by factors: Tensor, into y: Tensor) {
    // The product of a diagonal matrix and x: one multiply-add per element.
    count(.product, flops: 2 * y.count, elements: 2 * y.count + factors.count) {
      inner.scaleRows(x, by: factors, into: y)
    }
  }

  public func rowDots(_ a: Tensor, _ b: Tensor, into y: Tensor) {
    count(.product, flops: 2 * a.count, elements: 2 * a.count + y.count) {
      inner.rowDots(a, b, into: y)
    }
  }
}

extension CountingBackend {
  public func layerNorm(
    _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into y: Tensor, mean: Tensor,
    rstd: Tensor
  ) {
    let small = weight.count + bias.count + mean.count + rstd.count
    pass(.normalization, writing: y.count, moving: x.count + y.count + small) {
      inner.layerNorm(
        x, weight: weight, bias: bias, epsilon: epsilon, into: y, mean: mean,
        rstd: rstd)
    }
  }

  public func layerNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor, rstd: Tensor,
    dx: Tensor, accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool, dBias: Tensor,
    accumulateBias: Bool
  ) {
    let small = 3 * weight.count + mean.count + rstd.count
    pass(.normalization, writing: dx.count, moving: (accumulate ? 4 : 3) * dx.count + small) {
      inner.layerNormBackward(
        dy, x: x, weight: weight, mean: mean, rstd: rstd, dx: dx,
        accumulate: accumulate, dWeight: dWeight, accumulateWeight: accumulateWeight, dBias: dBias,
        accumulateBias: accumulateBias)
    }
  }

  public func rmsNorm(
    _ x: Tensor, weight: Tensor, epsilon: Float, into y: Tensor, rstd: Tensor
  ) {
    let small = weight.count + rstd.count
    pass(.normalization, writing: y.count, moving: x.count + y.count + small) {
      inner.rmsNorm(
        x, weight: weight, epsilon: epsilon, into: y, rstd: rstd)
    }
  }

  public func rmsNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, dx: Tensor,
    accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool
  ) {
    let small = 2 * weight.count + rstd.count
    pass(.normalization, writing: dx.count, moving: (accumulate ? 4 : 3) * dx.count + small) {
      inner.rmsNormBackward(
        dy, x: x, weight: weight, rstd: rstd, dx: dx,
        accumulate: accumulate, dWeight: dWeight, accumulateWeight: accumulateWeight)
    }
  }

  public func softmaxRows(_ x: Tensor, scale: Float, isCausal: Bool) {
    pass(.softmax, writing: x.count, moving: 2 * x.count) {
      inner.softmaxRows(x, scale: scale, isCausal: isCausal)
    }
  }

  public func softmaxRowsBackward(_ dy: Tensor, y: Tensor, scale: Float) {
    pass(.softmax, writing: dy.count, moving: 3 * dy.count) {
      inner.softmaxRowsBackward(dy, y: y, scale: scale)
    }
  }

  public func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor, derivative: Tensor?) {
    let small = bias?.count ?? 0
    let written = y.count + (derivative?.count ?? 0)
    pass(.activation, writing: written, moving: x.count + written + small) {
      inner.gelu(x, bias: bias, into: y, derivative: derivative)
    }
  }

  public func swiGLU(_ gateUp: Tensor, into y: Tensor) {
    pass(.activation, writing: y.count, moving: gateUp.count + y.count) {
      inner.swiGLU(gateUp, into: y)
    }
  }

  public func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor) {
    pass(.activation, writing: dGateUp.count, moving: dy.count + 2 * gateUp.count) {
      inner.swiGLUBackward(dy, gateUp: gateUp, into: dGateUp)
    }
  }

  public func dropout(_ x: Tensor, _ mask: DropoutMask, residual: Tensor?, into y: Tensor) {
    pass(.dropout, writing: y.count, moving: x.count + y.count + (residual?.count ?? 0)) {
      inner.dropout(x, mask, residual: residual, into: y)
    }
  }

  public func rotate(
    _ source: Tensor, into target: Tensor, cosines: Tensor, sines: Tensor, firstPosition: Int,
    firstHead: Int, headCount: Int, headDim: Int, pairing: RotaryPairing, inverse: Bool
  ) {
    pass(.position, writing: target.count, moving: 2 * target.count) {
      inner.rotate(
        source, into: target, cosines: cosines, sines: sines, firstPosition: firstPosition,
        firstHead: firstHead, headCount: headCount, headDim: headDim, pairing: pairing,
        inverse: inverse)
    }
  }

  public func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor) {
    pass(.token, writing: y.count, moving: (positions == nil ? 2 : 3) * y.count) {
      inner.embed(tokens, table: table, positions: positions, into: y)
    }
  }

  public func crossEntropy(
    _ logits: Tensor, targets: [Int32], losses: Tensor, gradientScale: Float?
  ) {
    let passes = gradientScale == nil ? 1 : 2
    pass(.token, writing: logits.count, moving: passes * logits.count + losses.count) {
      inner.crossEntropy(logits, targets: targets, losses: losses, gradientScale: gradientScale)
    }
  }

  public func adamW(
    weight: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor, _ step: AdamWStep
  ) {
    pass(.optimizer, writing: weight.count, moving: 7 * weight.count) {
      inner.adamW(
        weight: weight, gradient: gradient, firstMoment: firstMoment, secondMoment: secondMoment,
        step
      )
    }
  }
}
