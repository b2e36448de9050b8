import TensorCore

extension Tape {
  /// Drops numbers at random and scales the others up: `(residual +) x · mask / (1 − rate)`
  /// (Srivastava et al., 2014).
  ///
  /// Shapes: all equal. Keeps nothing, since the mask is computed from its key: the gradient makes
  /// it again, and so does a layer that is computed a second time.
  ///
  /// - Complexity: one pass over memory; some twenty whole-number operations an element.
  /// - Precondition: fewer than 2³² elements, each of which has a hash of its own.
  public func dropout(_ x: Variable, _ mask: DropoutMask, residual: Variable? = nil) -> Variable {
    precondition(x.shape.count <= 1 << 32, "dropout: \(x.shape) has more than 2³² elements")
    if let residual {
      precondition(
        residual.shape == x.shape, "dropout: residual \(residual.shape), branch \(x.shape)")
    }
    let y = makeResult(x.shape)
    backend.dropout(x.value, mask, residual: residual?.value, into: y)
    return record(y, from: [x, residual]) { [backend, input = x.slot, rest = residual?.slot] dy in
      // The residual's gradient is dy itself, which must then stay as it is.
      let dx = rest == nil ? backend.reusing(&dy) : backend.empty(dy.shape, .workspace)
      backend.dropout(dy, mask, residual: nil, into: dx)
      rest?.receive(dy, on: backend)
      input.receive(dx, on: backend)
    }
  }
}
