import TensorCore

extension Tape {
  /// Dropout: `(residual +) x · mask / (1 − rate)`, where the mask is 0 with probability `rate`,
  /// else 1 (Srivastava et al., 2014).
  ///
  /// Shapes: x, residual and result are equal. Keeps nothing: the mask follows from its key, so the
  /// backward pass and a recomputed layer generate the same mask again.
  ///
  /// - Complexity: one pass over memory; about twenty integer operations per element.
  /// - Precondition: at most 2³² elements, because the hash of an element is that of a 32-bit
  ///   index.
  public func dropout(_ x: Variable, _ mask: DropoutMask, residual: Variable? = nil) -> Variable {
    precondition(x.shape.count <= 1 << 32, "dropout: \(x.shape) has more than 2³² elements")
    if let residual {
      precondition(
        residual.shape == x.shape,
        "dropout: the residual has shape \(residual.shape), but x has \(x.shape)")
    }
    let y = makeResult(x.shape)
    backend.dropout(x.value, mask, residual: residual?.value, into: y)
    return record(y, from: [x, residual]) { [backend, input = x.slot, rest = residual?.slot] dy in
      // The residual's gradient is dy itself, which must then stay as it is.
      let dx = rest == nil ? backend.reusing(&dy) : backend.empty(dy.shape, .workspace)
      backend.dropout(dy, mask, residual: nil, into: dx)
      rest?.accumulate(dy, on: backend)
      input.accumulate(dx, on: backend)
    }
  }
}
