import TensorCore

extension Tape {
  /// `gelu(x + bias)`, in the tanh form (Hendrycks and Gimpel, 2016).
  ///
  /// Shapes: x and result `[…, width]`, bias `[width]`. The bias belongs to the projection before;
  /// adding it here saves a pass over memory.
  ///
  /// Keeps the derivative instead of x. The forward pass computes it almost for free, and the
  /// backward pass then needs no exponential and no division.
  /// - Complexity: O(elements) time; one more tensor of x's shape when recording.
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
      dBias?.accumulate(on: backend) { target, accumulate in
        backend.sumRows(dx, into: target, accumulate: accumulate)
      }
      dInput.accumulate(dx, on: backend)
    }
  }

  /// SwiGLU: `silu(gate) · up` with `silu(g) = g / (1 + e^−g)` (Shazeer, 2020).
  ///
  /// Shapes: `gateUp` `[…, 2·hidden]`, each row `[gate | up]`; result `[…, hidden]`.
  /// - Complexity: O(elements) time; keeps `gateUp`.
  /// - Precondition: rows have an even number of elements.
  public func swiGLU(_ gateUp: Variable) -> Variable {
    let width = gateUp.shape.lastExtent
    precondition(width % 2 == 0, "swiGLU: rows of \(gateUp.shape) do not split into two halves")
    let y = makeResult(gateUp.shape.replacingLast(with: width / 2))
    backend.swiGLU(gateUp.value, into: y)
    return record(y, from: [gateUp]) { [backend] dy in
      gateUp.slot.accumulate(
        on: backend,
        overwriting: { target in
          backend.swiGLUBackward(dy, gateUp: gateUp.value, into: target)
        })
    }
  }
}
