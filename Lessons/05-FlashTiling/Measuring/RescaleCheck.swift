import TensorCore

/// One head that both rescaling factors are run on, with its reference.
struct RescaleCheck {
  private let queries, keys, values: Matrix
  private let reference: [Double]

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "erratum")
    queries = Matrix(rows: 64, columns: 16, normal: &generator)
    keys = Matrix(rows: 64, columns: 16, normal: &generator)
    values = Matrix(rows: 64, columns: 16, normal: &generator)
    reference =
      HeadReference(queries: queries, keys: keys, values: values, isCausal: false).output
  }

  func largestDifference(_ rescale: Rescale) -> Double {
    let output = (0..<queries.rows).flatMap {
      rescale.attend(query: $0, queries: queries, keys: keys, values: values, blockSize: 8)
    }
    return Matrix(rows: queries.rows, columns: values.columns, values: output)
      .largestDifference(to: reference)
  }
}
