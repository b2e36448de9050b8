import TensorCore

extension Tape {
  /// Token embedding plus position embedding:
  /// `y[b, s, :] = table[tokens[b, s], :] + positions[s, :]`.
  ///
  /// Shapes: tokens `[batch, length]`, row-major; table `[vocabulary, width]`; positions
  /// `[at least length, width]`; result `[batch, length, width]`.
  ///
  /// - Complexity: O(batch · length · width) time; keeps the tokens.
  /// - Precondition: the tokens fill `batch` sequences, and each is a row of the table.
  public func embed(
    _ tokens: [Int32], batch: Int, table: Variable, positions: Variable? = nil
  ) -> Variable {
    let (width, length) = (table.shape.lastExtent, tokens.count / max(1, batch))
    precondition(
      batch > 0 && length > 0 && batch * length == tokens.count,
      "embed: \(tokens.count) tokens do not fill \(batch) sequences")
    precondition(
      tokens.allSatisfy { $0 >= 0 && Int($0) < table.shape[0] },
      "embed: a token is outside the table \(table.shape)")
    if let positions {
      precondition(
        positions.shape[0] >= length && positions.shape.lastExtent == width,
        "embed: positions \(positions.shape) for \(length) tokens of width \(width)")
    }
    let y = makeResult([batch, length, width])
    backend.embed(
      tokens, table: table.value, positions: positions?.value.slice(0..<length), into: y)

    let (dTable, dPositions) = (table.slot, positions?.slot)
    return record(y, from: [table, positions]) { [backend] dy in
      dTable.accumulate(on: backend) { target, accumulate in
        if !accumulate { backend.fill(target, with: 0) }
        backend.scatterAddRows(dy, rows: tokens, into: target)
      }
      dPositions?.accumulate(on: backend) { target, accumulate in
        if !accumulate { backend.fill(target, with: 0) }
        // A position's gradient is the sum over the batch: rows of length · width elements.
        backend.sumRows(
          dy.reshaped([batch, length * width]),
          into: target.slice(0..<length).reshaped([length * width]), accumulate: true)
      }
    }
  }
}
