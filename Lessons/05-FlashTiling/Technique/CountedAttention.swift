import Foundation

/// Three algorithms for attention without a mask, each run in a counted memory.
package enum LoopOrder: String, CaseIterable, Codable {
  /// Scores and probabilities are written to slow memory and read again.
  case naive
  /// Keys outside, queries inside: partial outputs are read and written (Dao et al., 2022,
  /// algorithm 1).
  case flashAttention1 = "FlashAttention-1"
  /// Queries outside, keys inside: an output is written once, complete (Dao, 2023, algorithm 1).
  case flashAttention2 = "FlashAttention-2"

  /// Runs the algorithm. Every order holds at most a block of queries, of outputs, of keys and of
  /// values and one tile of scores at a time.
  ///
  /// - Returns: the output `[length, headDim]`.
  /// - Throws: `CountedMemoryError` if the tiles do not fit.
  package func run(
    queries: Matrix, keys: Matrix, values: Matrix, tiles: TileSizes, memory: CountedMemory
  ) throws(CountedMemoryError) -> Matrix {
    let work = CountedAttention(
      queries: SlowMatrix(queries), keys: SlowMatrix(keys), values: SlowMatrix(values),
      output: SlowMatrix(Matrix(rows: queries.rows, columns: values.columns)),
      tiles: tiles, memory: memory)
    switch self {
    case .naive: try work.naive()
    case .flashAttention1: try work.keysOutside()
    case .flashAttention2: try work.queriesOutside()
    }
    return work.output.contents
  }
}

/// One run: the matrices in slow memory, the tiles, the memory.
struct CountedAttention {
  let queries: SlowMatrix
  let keys: SlowMatrix
  let values: SlowMatrix
  let output: SlowMatrix
  let tiles: TileSizes
  let memory: CountedMemory

  var length: Int { queries.contents.rows }
  var headDim: Int { queries.contents.columns }
  var scale: Float { 1 / Float(headDim).squareRoot() }
  var queryBlocks: [Range<Int>] { tileRanges(of: length, size: tiles.queries) }
  var keyBlocks: [Range<Int>] { tileRanges(of: length, size: tiles.keys) }

  // lesson: begin queries outside
  /// FlashAttention-2: a block of queries stays until its output is complete.
  func queriesOutside() throws(CountedMemoryError) {
    let logSumExp = SlowMatrix(Matrix(rows: length, columns: 1))
    for rows in queryBlocks {
      let q = try memory.read(rows, of: queries)
      let o = try memory.make(rows: rows.count, columns: headDim)
      let maxima = try memory.make(
        rows: rows.count, columns: 1, repeating: -.infinity)
      let sums = try memory.make(rows: rows.count, columns: 1)
      for columns in keyBlocks {
        let k = try memory.read(columns, of: keys)
        let v = try memory.read(columns, of: values)
        let s = try scores(q, k)
        absorb(s, v, into: o, maxima, sums)
        memory.drop(k, v, s)
      }
      for i in 0..<rows.count {
        o.elements.scale(i, by: 1 / sums.elements[i, 0])
        maxima.elements[i, 0] += log(sums.elements[i, 0])
      }
      memory.write(o, to: output, row: rows.lowerBound)
      memory.write(maxima, to: logSumExp, row: rows.lowerBound)
      memory.drop(q, o, maxima, sums)
    }
  }
  // lesson: end queries outside

  // lesson: begin keys outside
  /// FlashAttention-1: a block of keys stays; every partial output is read
  /// and written for it, with its maximum and its sum.
  func keysOutside() throws(CountedMemoryError) {
    let maxima = SlowMatrix(Matrix(rows: length, columns: 1))
    let sums = SlowMatrix(Matrix(rows: length, columns: 1))
    try start(output, maxima, sums)
    for columns in keyBlocks {
      let k = try memory.read(columns, of: keys)
      let v = try memory.read(columns, of: values)
      for rows in queryBlocks {
        let q = try memory.read(rows, of: queries)
        let o = try memory.read(rows, of: output)
        let m = try memory.read(rows, of: maxima)
        let l = try memory.read(rows, of: sums)
        let s = try scores(q, k)
        // The paper keeps the output divided by its sum at every step.
        for i in 0..<rows.count {
          o.elements.scale(i, by: l.elements[i, 0])
        }
        absorb(s, v, into: o, m, l)
        for i in 0..<rows.count {
          o.elements.scale(i, by: 1 / l.elements[i, 0])
        }
        memory.write(o, to: output, row: rows.lowerBound)
        memory.write(m, to: maxima, row: rows.lowerBound)
        memory.write(l, to: sums, row: rows.lowerBound)
        memory.drop(q, o, m, l, s)
      }
      memory.drop(k, v)
    }
  }
  // lesson: end keys outside

  /// Outputs and sums 0, maxima −∞: the initial values of algorithm 1.
  private func start(
    _ output: SlowMatrix, _ maxima: SlowMatrix, _ sums: SlowMatrix
  ) throws(CountedMemoryError) {
    for rows in queryBlocks {
      let o = try memory.make(rows: rows.count, columns: headDim)
      let m = try memory.make(rows: rows.count, columns: 1, repeating: -.infinity)
      let l = try memory.make(rows: rows.count, columns: 1)
      memory.write(o, to: output, row: rows.lowerBound)
      memory.write(m, to: maxima, row: rows.lowerBound)
      memory.write(l, to: sums, row: rows.lowerBound)
      memory.drop(o, m, l)
    }
  }

  /// A tile of scores, `scale · q•kᵀ`.
  func scores(_ q: FastBlock, _ k: FastBlock) throws(CountedMemoryError) -> FastBlock {
    let tile = try memory.make(rows: q.elements.rows, columns: k.elements.rows)
    for i in 0..<q.elements.rows {
      for j in 0..<k.elements.rows {
        tile.elements[i, j] = scale * q.elements.dot(i, k.elements, j)
      }
    }
    return tile
  }

  /// The online softmax of each row of a tile, and its values added to the output, in place.
  private func absorb(
    _ tile: FastBlock, _ v: FastBlock, into o: FastBlock, _ maxima: FastBlock, _ sums: FastBlock
  ) {
    for i in 0..<tile.elements.rows {
      let row = i * tile.elements.columns..<(i + 1) * tile.elements.columns
      let larger = max(maxima.elements[i, 0], tile.elements.values[row].max() ?? -.infinity)
      let factor = exp(maxima.elements[i, 0] - larger)
      let weights = tile.elements.values[row].map { exp($0 - larger) }
      sums.elements[i, 0] = factor * sums.elements[i, 0] + weights.reduce(0, +)
      maxima.elements[i, 0] = larger
      o.elements.blend(i, by: factor, adding: weights, v.elements, from: 0)
    }
  }
}
