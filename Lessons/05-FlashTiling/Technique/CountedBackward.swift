import Foundation

/// The backward pass of attention without a mask, run in a counted memory.
///
/// In slow memory before it starts: queries, keys, values, the output and its
/// gradient. Naive attention has saved its probabilities too, tiled attention
/// one log-sum-exp per query.
package struct CountedBackward {
  let queries: SlowMatrix
  let keys: SlowMatrix
  let values: SlowMatrix
  let output: SlowMatrix
  let outputGradient: SlowMatrix
  /// `[length, length]` for the naive method, `[length, 1]` for the tiled one.
  let saved: SlowMatrix
  let queryGradient, keyGradient, valueGradient: SlowMatrix
  let tiles: TileSizes
  let memory: CountedMemory

  package init(
    _ head: HeadNumbers, output: Matrix, saved: Matrix, tiles: TileSizes, memory: CountedMemory
  ) {
    func empty() -> SlowMatrix {
      SlowMatrix(Matrix(rows: head.queries.rows, columns: head.queries.columns))
    }
    (queries, keys) = (SlowMatrix(head.queries), SlowMatrix(head.keys))
    (values, outputGradient) = (SlowMatrix(head.values), SlowMatrix(head.outputGradient))
    (self.output, self.saved) = (SlowMatrix(output), SlowMatrix(saved))
    (queryGradient, keyGradient, valueGradient) = (empty(), empty(), empty())
    (self.tiles, self.memory) = (tiles, memory)
  }

  private var length: Int { queries.contents.rows }
  private var headDim: Int { queries.contents.columns }
  private var scale: Float { 1 / Float(headDim).squareRoot() }
  private var queryBlocks: [Range<Int>] { tileRanges(of: length, size: tiles.queries) }
  private var keyBlocks: [Range<Int>] { tileRanges(of: length, size: tiles.keys) }

  /// - Returns: the gradients, which are in slow memory at the end.
  /// - Throws: `CountedMemoryError` if the tiles do not fit.
  package func run(_ method: Method) throws(CountedMemoryError) -> TiledAttention.Gradients {
    switch method {
    case .naive: try naive()
    case .tiled: try tiled()
    }
    return TiledAttention.Gradients(
      queries: queryGradient.contents, keys: keyGradient.contents, values: valueGradient.contents)
  }
}

// MARK: Tiled

extension CountedBackward {
  /// A block of keys and values stays until its gradients are complete. Every
  /// query gradient is read and written for it (Dao, 2023, algorithm 2).
  private func tiled() throws(CountedMemoryError) {
    let delta = SlowMatrix(Matrix(rows: length, columns: 1))
    try multiplyByOutput(to: delta)
    // lesson: begin backward
    for columns in keyBlocks {
      let k = try memory.read(columns, of: keys)
      let v = try memory.read(columns, of: values)
      let dk = try memory.make(rows: columns.count, columns: headDim)
      let dv = try memory.make(rows: columns.count, columns: headDim)
      for rows in queryBlocks {
        let q = try memory.read(rows, of: queries)
        let o = try memory.read(rows, of: outputGradient)
        let dq = try memory.read(rows, of: queryGradient)
        let l = try memory.read(rows, of: saved)
        let d = try memory.read(rows, of: delta)
        let p = try weights(q, k, l)
        let ds = try scoreGradients(o, v, p, d)
        addTransposed(p, o, to: dv)
        addTransposed(ds, q, to: dk)
        add(ds, k, to: dq)
        memory.write(dq, to: queryGradient, row: rows.lowerBound)
        memory.drop(q, o, dq, l, d, p, ds)
      }
      memory.write(dk, to: keyGradient, row: columns.lowerBound)
      memory.write(dv, to: valueGradient, row: columns.lowerBound)
      memory.drop(k, v, dk, dv)
    }
    // lesson: end backward
  }

  /// `D = Σ dO ∘ O`, one number per query, and the zeros that the query gradients start from.
  private func multiplyByOutput(to delta: SlowMatrix) throws(CountedMemoryError) {
    for rows in queryBlocks {
      let o = try memory.read(rows, of: output)
      let gradient = try memory.read(rows, of: outputGradient)
      let d = try memory.make(rows: rows.count, columns: 1)
      for i in 0..<rows.count { d.elements[i, 0] = o.elements.dot(i, gradient.elements, i) }
      memory.write(d, to: delta, row: rows.lowerBound)
      memory.drop(o, gradient, d)
      let zeros = try memory.make(rows: rows.count, columns: headDim)
      memory.write(zeros, to: queryGradient, row: rows.lowerBound)
      memory.drop(zeros)
    }
  }

  /// The probabilities of a tile, from the log-sum-exp.
  private func weights(
    _ q: FastBlock, _ k: FastBlock, _ logSumExp: FastBlock
  ) throws(CountedMemoryError) -> FastBlock {
    let tile = try memory.make(rows: q.elements.rows, columns: k.elements.rows)
    for i in 0..<q.elements.rows {
      for j in 0..<k.elements.rows {
        tile.elements[i, j] = exp(
          scale * q.elements.dot(i, k.elements, j) - logSumExp.elements[i, 0])
      }
    }
    return tile
  }

  /// `scale · P ∘ (dO Vᵀ − D)`
  private func scoreGradients(
    _ gradient: FastBlock, _ v: FastBlock, _ p: FastBlock, _ delta: FastBlock
  ) throws(CountedMemoryError) -> FastBlock {
    let tile = try memory.make(rows: p.elements.rows, columns: p.elements.columns)
    for i in 0..<p.elements.rows {
      for j in 0..<p.elements.columns {
        let dp = gradient.elements.dot(i, v.elements, j)
        tile.elements[i, j] = scale * p.elements[i, j] * (dp - delta.elements[i, 0])
      }
    }
    return tile
  }

  /// `to += tile • x`
  private func add(_ tile: FastBlock, _ x: FastBlock, to sum: FastBlock) {
    for i in 0..<tile.elements.rows {
      for j in 0..<tile.elements.columns {
        sum.elements.add(tile.elements[i, j], x.elements, j, to: i)
      }
    }
  }

  /// `to += tileᵀ • x`
  private func addTransposed(_ tile: FastBlock, _ x: FastBlock, to sum: FastBlock) {
    for i in 0..<tile.elements.rows {
      for j in 0..<tile.elements.columns {
        sum.elements.add(tile.elements[i, j], x.elements, i, to: j)
      }
    }
  }
}

// MARK: Naive

extension CountedBackward {
  /// Four tiled products and a pass over rows, with whole matrices in slow memory between them.
  private func naive() throws(CountedMemoryError) {
    let matrix = SlowMatrix(Matrix(rows: length, columns: length))
    try multiply(saved, isTransposed: true, outputGradient, to: valueGradient)
    try writeWeightGradients(to: matrix)
    try softmaxBackward(of: matrix)
    try multiply(matrix, isTransposed: false, keys, to: queryGradient)
    try multiply(matrix, isTransposed: true, queries, to: keyGradient)
  }

  /// `dP = dO Vᵀ`: a block of rows of dO stays.
  private func writeWeightGradients(to matrix: SlowMatrix) throws(CountedMemoryError) {
    for rows in queryBlocks {
      let o = try memory.read(rows, of: outputGradient)
      for columns in keyBlocks {
        let v = try memory.read(columns, of: values)
        let tile = try memory.make(rows: rows.count, columns: columns.count)
        for i in 0..<rows.count {
          for j in 0..<columns.count { tile.elements[i, j] = o.elements.dot(i, v.elements, j) }
        }
        memory.write(tile, to: matrix, row: rows.lowerBound, column: columns.lowerBound)
        memory.drop(v, tile)
      }
      memory.drop(o)
    }
  }

  /// `dS = scale · P ∘ (dP − Σ P ∘ dP)`, row by row, in place of dP.
  private func softmaxBackward(of matrix: SlowMatrix) throws(CountedMemoryError) {
    for i in 0..<length {
      let p = try memory.read(i..<i + 1, of: saved)
      let row = try memory.read(i..<i + 1, of: matrix)
      let mean = row.elements.dot(0, p.elements, 0)
      for j in 0..<length {
        row.elements[0, j] = scale * p.elements[0, j] * (row.elements[0, j] - mean)
      }
      memory.write(row, to: matrix, row: i)
      memory.drop(p, row)
    }
  }

  /// `to = matrix • x`, or its transpose: a block of rows of the result stays. It has as many rows
  /// as the blocks of queries.
  private func multiply(
    _ matrix: SlowMatrix, isTransposed: Bool, _ x: SlowMatrix, to result: SlowMatrix
  ) throws(CountedMemoryError) {
    for rows in queryBlocks {
      let sum = try memory.make(rows: rows.count, columns: headDim)
      for columns in keyBlocks {
        let tile =
          isTransposed
          ? try memory.read(columns, rows, of: matrix) : try memory.read(rows, columns, of: matrix)
        let block = try memory.read(columns, of: x)
        if isTransposed { addTransposed(tile, block, to: sum) } else { add(tile, block, to: sum) }
        memory.drop(tile, block)
      }
      memory.write(sum, to: result, row: rows.lowerBound)
      memory.drop(sum)
    }
  }
}
