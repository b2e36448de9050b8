import TensorCore

extension Tape {
  /// Picks rows: `y[i, :] = x[rows[i], :]`.
  ///
  /// Shapes: `x` is read as `[rows, width]`, whatever its rank; result `[rows.count, width]`. The
  /// gradient goes back to the rows that were picked, and none to the others.
  /// - Complexity: one pass over the picked rows; keeps the list of rows.
  /// - Precondition: every row exists.
  public func gatherRows(_ x: Variable, _ rows: [Int32]) -> Variable {
    let flat = x.value.reshaped([x.shape.rowCount, x.shape.lastExtent])
    requireRows(rows, below: flat.shape[0])
    let y = makeResult([rows.count, flat.shape[1]])
    backend.embed(rows, table: flat, positions: nil, into: y)
    return record(y, from: [x]) { [backend, input = x.slot] dy in
      input.accumulate(on: backend) { target, accumulate in
        if !accumulate { backend.fill(target, with: 0) }
        backend.embedBackward(dy, tokens: rows, into: target.reshaped(flat.shape))
      }
    }
  }

  /// Adds to some rows, each by its own factor: `y = base`, then `y[rows[i], :] += gates[i] · x[i, :]`.
  ///
  /// Shapes: `base` of any rank with rows of one width; `x` `[rows.count, width]`, `gates`
  /// `[rows.count, 1]`. A gate's gradient is the dot product of its row of `x` with what comes back:
  /// this product is the only way by which a router learns.
  ///
  /// - Complexity: one pass over `base`, a few over the picked rows; keeps `x` and `gates`.
  /// - Precondition: every row exists and is named once.
  public func addRows(
    _ base: Variable, _ rows: [Int32], _ x: Variable, gates: Variable
  ) -> Variable {
    let width = base.shape.lastExtent
    requireRows(rows, below: base.shape.rowCount)
    precondition(Set(rows).count == rows.count, "addRows: a row is named twice")
    precondition(
      x.shape == [rows.count, width] && gates.shape == [rows.count, 1],
      "addRows: \(rows.count) rows of \(width), but x \(x.shape) and gates \(gates.shape)")
    let y = makeResult(base.shape)
    backend.copy(base.value, into: y)
    let scaled = backend.scaledRows(x.value, by: gates.value)
    backend.embedBackward(scaled, tokens: rows, into: y.reshaped([base.shape.rowCount, width]))
    return record(y, from: [base, x, gates]) { [backend, rest = base.slot] dy in
      let picked = backend.empty(x.shape, .workspace)
      backend.embed(
        rows, table: dy.reshaped([dy.shape.rowCount, width]), positions: nil, into: picked)
      if x.needsGradient {
        x.slot.accumulate(backend.scaledRows(picked, by: gates.value), on: backend)
      }
      if gates.needsGradient {
        gates.slot.accumulate(backend.rowDots(picked, x.value), on: backend)
      }
      rest.accumulate(dy, on: backend)
    }
  }

  private func requireRows(_ rows: [Int32], below count: Int) {
    precondition(
      !rows.isEmpty && rows.allSatisfy { $0 >= 0 && $0 < count },
      "rows: \(rows.count) of \(count); each must exist")
  }
}

extension Backend {
  /// `y[i, :] = factors[i] · x[i, :]`
  fileprivate func scaledRows(_ x: Tensor, by factors: Tensor) -> Tensor {
    let ones = full(1, [1, x.shape[1]], .workspace)
    let y = empty(x.shape, .workspace)
    multiply(factors, transposed: false, ones, transposed: false, into: y, accumulate: false)
    multiplyElements(x, y, into: y)
    return y
  }

  /// `y[i, 0] = Σ_j a[i, j] · b[i, j]`
  fileprivate func rowDots(_ a: Tensor, _ b: Tensor) -> Tensor {
    let products = empty(a.shape, .workspace)
    multiplyElements(a, b, into: products)
    let ones = full(1, [a.shape[1], 1], .workspace)
    let sums = empty([a.shape[0], 1], .workspace)
    multiply(products, transposed: false, ones, transposed: false, into: sums, accumulate: false)
    return sums
  }
}

extension Tape {
  /// The same numbers in another shape; nothing is copied.
  /// - Precondition: the counts are equal.
  public func reshaped(_ x: Variable, _ shape: Shape) -> Variable {
    record(x.value.reshaped(shape), from: [x]) { [backend, input = x.slot, old = x.shape] dy in
      input.accumulate(dy.reshaped(old), on: backend)
    }
  }

  /// `a − b`, for what a block added to its input.
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
