import TensorCore

extension Tape {
  /// Looks up a vector for each token, and adds one for its position.
  ///
  /// Shapes: tokens `batch × length` of them, row-major; table `[vocabulary, width]`; positions
  /// `[at least length, width]`, row s for token s of each sequence; result
  /// `[batch, length, width]`.
  ///
  /// - Precondition: the tokens fill `batch` sequences, and each is in the table.
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
      dTable.contribute(on: backend) { target, accumulate in
        if !accumulate { backend.fill(target, with: 0) }
        backend.embedBackward(dy, tokens: tokens, into: target)
      }
      dPositions?.contribute(on: backend) { target, accumulate in
        if !accumulate { backend.fill(target, with: 0) }
        // Each position's gradient is the sum over the batch: rows of length · width numbers.
        backend.sumRows(
          dy.reshaped([batch, length * width]),
          into: target.slice(0..<length).reshaped([length * width]), accumulate: true)
      }
    }
  }
}
