import TensorCore

extension Tape {
  /// Gathers rows: `y[i, :] = x[rows[i], :]`.
  ///
  /// Shapes: `x` `[…, width]`, flattened to rows; result `[rows.count, width]`. The gradient is
  /// scatter-added to the gathered rows.
  /// - Complexity: one pass over the gathered rows; keeps the list of rows.
  /// - Precondition: every row exists.
  public func gatherRows(_ x: Variable, _ rows: [Int32]) -> Variable {
    let flat = x.value.reshaped([x.shape.rowCount, x.shape.lastExtent])
    requireRows(rows, below: flat.shape[0])
    let y = makeResult([rows.count, flat.shape[1]])
    backend.gatherRows(flat, rows: rows, into: y)
    return record(y, from: [x]) { [backend, input = x.slot] dy in
      input.accumulate(on: backend) { target, accumulate in
        if !accumulate { backend.fill(target, with: 0) }
        backend.scatterAddRows(dy, rows: rows, into: target.reshaped(flat.shape))
      }
    }
  }

  /// Scatter-adds scaled rows: `y = base`, then `y[rows[i], :] += gates[i] · x[i, :]`.
  ///
  /// Shapes: `base` and result `[…, width]`; `x` `[rows.count, width]`, `gates` `[rows.count, 1]`.
  /// The gradient of a gate is the dot product of its row of `x` with the incoming gradient: a
  /// router gets its gradient only from this product.
  ///
  /// - Complexity: one pass over `base`, a few over the gathered rows; keeps `x` and `gates`.
  /// - Precondition: every row exists and occurs once.
  public func addRows(
    _ base: Variable, _ rows: [Int32], _ x: Variable, gates: Variable
  ) -> Variable {
    let width = base.shape.lastExtent
    requireRows(rows, below: base.shape.rowCount)
    precondition(Set(rows).count == rows.count, "addRows: a row occurs twice in \(rows)")
    precondition(
      x.shape == [rows.count, width] && gates.shape == [rows.count, 1],
      "addRows: \(rows.count) rows of \(width), but x \(x.shape) and gates \(gates.shape)")
    let y = makeResult(base.shape)
    backend.copy(base.value, into: y)
    let scaled = backend.empty(x.shape, .workspace)
    backend.scaleRows(x.value, by: gates.value, into: scaled)
    backend.scatterAddRows(scaled, rows: rows, into: y.reshaped([base.shape.rowCount, width]))
    return record(y, from: [base, x, gates]) { [backend, rest = base.slot] dy in
      let picked = backend.empty(x.shape, .workspace)
      backend.gatherRows(dy.reshaped([dy.shape.rowCount, width]), rows: rows, into: picked)
      if x.needsGradient {
        let dx = backend.empty(x.shape, .workspace)
        backend.scaleRows(picked, by: gates.value, into: dx)
        x.slot.accumulate(dx, on: backend)
      }
      if gates.needsGradient {
        let dGates = backend.empty(gates.shape, .workspace)
        backend.rowDots(picked, x.value, into: dGates)
        gates.slot.accumulate(dGates, on: backend)
      }
      rest.accumulate(dy, on: backend)
    }
  }

  private func requireRows(_ rows: [Int32], below count: Int) {
    precondition(
      !rows.isEmpty && rows.allSatisfy { $0 >= 0 && $0 < count },
      "rows: \(rows) must not be empty and must be below \(count)")
  }
}

extension Tape {
  /// A view with another shape, as PyTorch's `view`; nothing is copied.
  /// - Precondition: the counts are equal.
  public func reshaped(_ x: Variable, _ shape: Shape) -> Variable {
    record(x.value.reshaped(shape), from: [x]) { [backend, input = x.slot, old = x.shape] dy in
      input.accumulate(dy.reshaped(old), on: backend)
    }
  }

  /// `a − b`, for example a block's output minus its input. Shapes: all equal.
  /// - Precondition: the shapes are equal.
  public func subtract(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "subtract: \(a.shape) − \(b.shape)")
    let y = makeResult(a.shape)
    backend.copy(b.value, into: y)
    backend.scale(y, by: -1)
    backend.add(a.value, to: y)
    return record(y, from: [a, b]) { [backend, first = a.slot, second = b.slot] dy in
      if b.needsGradient {
        let negative = backend.copy(dy, .workspace)
        backend.scale(negative, by: -1)
        second.accumulate(negative, on: backend)
      }
      first.accumulate(dy, on: backend)
    }
  }
}
