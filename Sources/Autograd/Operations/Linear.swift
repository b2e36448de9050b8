import TensorCore

extension Tape {
  /// `y = x • weight (+ bias) (+ residual)`.
  ///
  /// Shapes: x `[…, in]`; weight `[in, out]`, or `[out, in]` if `weightTransposed` (a head tied to
  /// the embedding table); bias `[out]`; residual and y `[…, out]`. The product is accumulated onto
  /// bias and residual, so neither costs another pass over the result.
  ///
  /// - Complexity: 2·rows·in·out FLOPs forward, twice that backward; keeps x.
  /// - Precondition: the shapes agree.
  public func linear(
    _ x: Variable, _ weight: Variable, bias: Variable? = nil, residual: Variable? = nil,
    weightTransposed: Bool = false
  ) -> Variable {
    let (inner, outer) =
      weightTransposed
      ? (weight.shape[1], weight.shape[0]) : (weight.shape[0], weight.shape[1])
    precondition(
      x.shape.lastExtent == inner,
      "linear: inner dimensions differ, \(x.shape) • \(weight.shape)"
        + (weightTransposed ? " transposed" : ""))
    let shape = x.shape.replacingLast(with: outer)
    if let bias {
      precondition(
        bias.shape == [outer],
        "linear: the bias has shape \(bias.shape), but the result has \(shape)")
    }
    if let residual {
      precondition(
        residual.shape == shape,
        "linear: the residual has shape \(residual.shape), but the result has \(shape)")
    }

    let y = makeResult(shape)
    let startsFromSum = bias != nil || residual != nil
    if startsFromSum { backend.fillRows(y, residual: residual?.value, bias: bias?.value) }
    backend.multiply(
      x.value, transposed: false, weight.value, transposed: weightTransposed, into: y,
      accumulate: startsFromSum)

    let (dBias, dResidual) = (bias?.slot, residual?.slot)
    return record(y, from: [x, weight, bias, residual]) { [backend] dy in
      weight.slot.accumulate(on: backend) { target, accumulate in
        if weightTransposed {
          backend.multiply(
            dy, transposed: true, x.value, transposed: false, into: target, accumulate: accumulate)
        } else {
          backend.multiply(
            x.value, transposed: true, dy, transposed: false, into: target, accumulate: accumulate)
        }
      }
      dBias?.accumulate(on: backend) { target, accumulate in
        backend.sumRows(dy, into: target, accumulate: accumulate)
      }
      x.slot.accumulate(on: backend) { target, accumulate in
        backend.multiply(
          dy, transposed: false, weight.value, transposed: !weightTransposed, into: target,
          accumulate: accumulate)
      }
      dResidual?.accumulate(dy, on: backend)
    }
  }

  /// `a + b`. Shapes: all equal.
  /// - Complexity: O(elements) time; keeps nothing.
  public func add(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "add: shapes differ, \(a.shape) + \(b.shape)")
    let y = backend.copy(a.value, resultPurpose)
    backend.add(b.value, to: y)
    return record(y, from: [a, b]) { [backend, da = a.slot, db = b.slot] dy in
      da.accumulate(dy, on: backend)
      db.accumulate(dy, on: backend)
    }
  }
}
