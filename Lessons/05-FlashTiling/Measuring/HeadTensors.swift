import TensorCore

/// Random queries, keys, values and output gradient of one head, `[length, headDim]` each.
package struct HeadNumbers {
  package let queries, keys, values, outputGradient: Matrix

  package init(length: Int, headDim: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: "heads")
    queries = Matrix(rows: length, columns: headDim, normal: &generator)
    keys = Matrix(rows: length, columns: headDim, normal: &generator)
    values = Matrix(rows: length, columns: headDim, normal: &generator)
    outputGradient = Matrix(rows: length, columns: headDim, normal: &generator)
  }
}

/// One head's tensors on the device, `[length, headDim]` each: the inputs and the results.
package struct HeadTensors {
  package let queries, keys, values, outputGradient: Tensor
  package let output, queryGradient, keyGradient, valueGradient: Tensor
  package let problem: AttentionProblem

  package init(_ backend: any Backend, _ numbers: HeadNumbers, isCausal: Bool) {
    let shape: Shape = [numbers.queries.rows, numbers.queries.columns]
    func filled(_ matrix: Matrix) -> Tensor { backend.tensor(matrix.values, shape, .activations) }
    func empty() -> Tensor { backend.full(0, shape, .activations) }
    (queries, keys) = (filled(numbers.queries), filled(numbers.keys))
    (values, outputGradient) = (filled(numbers.values), filled(numbers.outputGradient))
    (output, queryGradient, keyGradient, valueGradient) = (empty(), empty(), empty(), empty())
    problem = AttentionProblem(
      batchCount: 1, queryLength: shape[0], keyLength: shape[0], headCount: 1, headDim: shape[1],
      isCausal: isCausal)
  }

  var length: Int { problem.queryLength }
  var headDim: Int { problem.headDim }

  func view(_ tensor: Tensor) -> HeadView {
    HeadView(headMajor: tensor.reshaped([1, 1, length, headDim]))
  }
}
