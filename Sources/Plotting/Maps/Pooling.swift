/// A matrix that is small enough to be drawn, made from a matrix of any size.
struct PooledMatrix: Equatable {
  /// Row-major, `[rows, columns]`.
  var values: [Float]
  var rows: Int
  var columns: Int
  /// The rows and columns of the original in one value; fewer at the last edge.
  var rowBlock: Int
  var columnBlock: Int
}

extension HeatMap {
  /// This map with at most `side` rows and columns. Values that are not finite are ignored. A block
  /// without finite values has no value.
  ///
  /// - Complexity: One pass over the values; one row of accumulators.
  func pooled(toFit side: Int) -> PooledMatrix { pooled(rows: side, columns: side) }

  /// The same with different limits for rows and columns.
  func pooled(rows rowLimit: Int, columns columnLimit: Int) -> PooledMatrix {
    let rowBlock = (rows + rowLimit - 1) / rowLimit
    let columnBlock = (columns + columnLimit - 1) / columnLimit
    var pooling = pooling
    // The mean of two categories is a third.
    if case .categories = colors { pooling = .max }
    guard rowBlock > 1 || columnBlock > 1 else {
      return PooledMatrix(
        values: values, rows: rows, columns: columns, rowBlock: 1, columnBlock: 1)
    }
    let pooledRows = (rows + rowBlock - 1) / rowBlock
    let pooledColumns = (columns + columnBlock - 1) / columnBlock
    var result: [Float] = []
    result.reserveCapacity(pooledRows * pooledColumns)
    values.withUnsafeBufferPointer { source in
      for row in stride(from: 0, to: rows, by: rowBlock) {
        var blocks = [Block](repeating: Block(), count: pooledColumns)
        for r in row..<min(row + rowBlock, rows) {
          for c in 0..<columns { blocks[c / columnBlock].add(source[r * columns + c]) }
        }
        result += blocks.map { $0.value(pooling) }
      }
    }
    return PooledMatrix(
      values: result, rows: pooledRows, columns: pooledColumns, rowBlock: rowBlock,
      columnBlock: columnBlock)
  }

  /// The rows and columns of a block, so that at most `side` blocks are in a row or column.
  func block(toFit side: Int) -> (rows: Int, columns: Int) {
    ((rows + side - 1) / side, (columns + side - 1) / side)
  }

  /// A sentence that says how the map is pooled; nil if every value has its own cell.
  func note(toFit side: Int) -> String? {
    let block = block(toFit: max(side, 1))
    let what: String
    switch (block.rows > 1, block.columns > 1) {
    case (false, false): return nil
    case (true, true): what = "\(block.rows) × \(block.columns) values"
    case (true, false): what = "\(block.rows) rows"
    case (false, true): what = "\(block.columns) columns"
    }
    var pooling = pooling
    if case .categories = colors { pooling = .max }
    let which = pooling == .max ? "largest" : "mean"
    return "Pooled by \(pooling.rawValue): each cell is the \(which) of \(what)."
  }

  private struct Block {
    var sum = 0.0
    var largest = -Float.infinity
    var count = 0

    @inline(__always) mutating func add(_ value: Float) {
      guard value.isFinite else { return }
      sum += Double(value)
      if value > largest { largest = value }
      count += 1
    }

    func value(_ pooling: Pooling) -> Float {
      guard count > 0 else { return .nan }
      return pooling == .max ? largest : Float(sum / Double(count))
    }
  }
}
