import TensorCore

/// The reference attention of one head, in Double. This lesson compares every version with it.
package struct HeadReference {
  /// `[length, length]`, row-major; 0 where a key is masked.
  package let probabilities: [Double]
  /// `[length, headDim]`
  package let output: [Double]
  private let queries, keys, values: Matrix
  private let problem: AttentionProblem

  package init(queries: Matrix, keys: Matrix, values: Matrix, isCausal: Bool) {
    (self.queries, self.keys, self.values) = (queries, keys, values)
    problem = AttentionProblem(
      batchCount: 1, queryLength: queries.rows, keyLength: keys.rows, headCount: 1,
      headDim: queries.columns, isCausal: isCausal)
    probabilities =
      ReferenceAttention.probabilities(queries: queries.values, keys: keys.values, problem).map
    output = ReferenceAttention.output(map: probabilities, values: values.values, problem)
  }

  package func gradients(
    outputGradient: Matrix
  ) -> (queries: [Double], keys: [Double], values: [Double]) {
    ReferenceAttention.gradients(
      outputGradient: outputGradient.values, queries: queries.values, keys: keys.values,
      values: values.values, problem)
  }
}
