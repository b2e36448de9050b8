import Foundation

extension CountedAttention {
  /// The naive algorithm: three passes, with the whole matrix in slow memory between them.
  ///
  /// Both products are tiled too, as in any library: a block of queries stays, and every block of
  /// keys is read for it.
  func naive() throws(CountedMemoryError) {
    let matrix = SlowMatrix(Matrix(rows: length, columns: length))
    try writeScores(to: matrix)
    try softmaxRows(of: matrix)
    try multiplyByValues(matrix)
  }

  private func writeScores(to matrix: SlowMatrix) throws(CountedMemoryError) {
    for rows in queryBlocks {
      let q = try memory.read(rows, of: queries)
      for columns in keyBlocks {
        let k = try memory.read(columns, of: keys)
        let s = try scores(q, k)
        memory.write(s, to: matrix, row: rows.lowerBound, column: columns.lowerBound)
        memory.drop(k, s)
      }
      memory.drop(q)
    }
  }

  private func softmaxRows(of matrix: SlowMatrix) throws(CountedMemoryError) {
    for i in 0..<length {
      let row = try memory.read(i..<i + 1, of: matrix)
      row.elements.values = safeSoftmax(row.elements.values)
      memory.write(row, to: matrix, row: i)
      memory.drop(row)
    }
  }

  private func multiplyByValues(_ matrix: SlowMatrix) throws(CountedMemoryError) {
    for rows in queryBlocks {
      let o = try memory.make(rows: rows.count, columns: headDim)
      for columns in keyBlocks {
        let p = try memory.read(rows, columns, of: matrix)
        let v = try memory.read(columns, of: values)
        for i in 0..<rows.count {
          let weights = (0..<columns.count).map { p.elements[i, $0] }
          o.elements.blend(i, by: 1, adding: weights, v.elements, from: 0)
        }
        memory.drop(p, v)
      }
      memory.write(o, to: output, row: rows.lowerBound)
      memory.drop(o)
    }
  }
}
