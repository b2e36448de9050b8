import Foundation

/// The rescaling factor of FlashAttention-2: the right one, and the one that
/// the paper prints.
///
/// Section 3.1 multiplies the partial output by `diag(e^(m_old − m_new))⁻¹`
/// from one block of keys to the next. The inverse is a misprint: terms with
/// the weights of a smaller maximum must shrink, and the inverse makes them
/// grow.
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
      // Before the first block the old maximum is −∞. The inverse of e^(−∞)
      // is infinite, and the result would be NaN from the first block on. So
      // the printed form starts with the second block.
      let isFirst = block.lowerBound == 0
      let used = self == .correct || isFirst ? factor : 1 / factor
      output.blend(
        0, by: used, adding: weights, values, from: block.lowerBound)
    }
    return output.values.map { $0 / softmax.sum }
  }
}
