import Foundation

extension CountedAttention {
  /// The plain algorithm: three passes, with the whole matrix in slow memory between them.
  ///
  /// Both products are done in tiles too, as any library does them: a block of queries stays while
  /// the keys pass by.
  func plain() throws(CountedMemoryError) {
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
      row.numbers.values = safeSoftmax(row.numbers.values)
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
          let weights = (0..<columns.count).map { p.numbers[i, $0] }
          o.numbers.blend(i, by: 1, adding: weights, v.numbers, from: 0)
        }
        memory.drop(p, v)
      }
      memory.write(o, to: output, row: rows.lowerBound)
      memory.drop(o)
    }
  }
}
