import Foundation

/// The rescale of FlashAttention-2 as the paper prints it, beside the one
/// that is right.
///
/// Section 3.1 carries the unfinished output from one block of keys to the
/// next with the factor `diag(e^(m_old − m_new))⁻¹`. The inverse is a
/// misprint: what was weighted with a smaller maximum must shrink, and the
/// inverse makes it grow.
package enum Rescale: String, CaseIterable {
  case correct = "e^(old − new)"
  case asPrinted = "(e^(old − new))⁻¹, as printed"

  /// Attention of one query, its keys in blocks, without a mask.
  package func attend(
    query i: Int, queries: Matrix, keys: Matrix, values: Matrix,
    blockSize: Int
  ) -> [Float] {
    let scale = 1 / Float(queries.columns).squareRoot()
    var softmax = OnlineSoftmax()
    var output = Matrix(rows: 1, columns: values.columns)
    for block in tileRanges(of: keys.rows, size: blockSize) {
      var weights = block.map { scale * queries.dot(i, keys, $0) }
      let factor = softmax.absorb(&weights)
      // Before the first block the old maximum is −∞, and the inverse of
      // e^(−∞) is infinite: even the first block would give no number. The
      // printed form is let off that one.
      let isFirst = block.lowerBound == 0
      let used = self == .correct || isFirst ? factor : 1 / factor
      output.blend(
        0, by: used, adding: weights, values, from: block.lowerBound)
    }
    return output.values.map { $0 / softmax.sum }
  }
}
