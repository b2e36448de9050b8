import TensorCore

extension Tape {
  /// `gelu(x + bias)`, the tanh form (Hendrycks and Gimpel, 2016).
  ///
  /// The bias of the projection before it is added here, where the numbers are in registers anyway.
  /// Shapes: x and result `[…, width]`, bias `[width]`. Keeps the derivative in place of x: it falls
  /// out of the forward pass, and spares the backward pass an exponential and a division a number.
  public func gelu(_ x: Variable, bias: Variable? = nil) -> Variable {
    if let bias {
      precondition(
        bias.shape == [x.shape.lastExtent], "gelu: bias \(bias.shape) for rows of \(x.shape)")
    }
    let y = makeResult(x.shape)
    let isTracked = isRecording && (x.needsGradient || bias?.needsGradient == true)
    let derivative = isTracked ? makeResult(x.shape) : nil
    backend.gelu(x.value, bias: bias?.value, into: y, derivative: derivative)
    let (dInput, dBias) = (x.slot, bias?.slot)
    return record(y, from: [x, bias]) { [backend] dy in
      guard let derivative else { return }
      let dx = backend.reusing(&dy)
      backend.multiplyElements(dy, derivative, into: dx)
      dBias?.contribute(on: backend) { target, accumulate in
        backend.sumRows(dx, into: target, accumulate: accumulate)
      }
      dInput.receive(dx, on: backend)
    }
  }

  /// SwiGLU (Shazeer, 2020): `silu(gate) · up` with `silu(g) = g / (1 + e^−g)`.
  ///
  /// Shapes: `gateUp` `[…, 2·hidden]`, each row `[gate | up]`; result `[…, hidden]`.
  public func swiGLU(_ gateUp: Variable) -> Variable {
    let width = gateUp.shape.lastExtent
    precondition(width % 2 == 0, "swiGLU: rows of \(gateUp.shape) have no two halves")
    let y = makeResult(gateUp.shape.replacingLast(with: width / 2))
    backend.swiGLU(gateUp.value, into: y)
    return record(y, from: [gateUp]) { [backend] dy in
      gateUp.slot.contribute(on: backend) { target, accumulate in
        precondition(!accumulate, "swiGLU: its input has another use")
        backend.swiGLUBackward(dy, gateUp: gateUp.value, into: target)
      }
    }
  }
}
