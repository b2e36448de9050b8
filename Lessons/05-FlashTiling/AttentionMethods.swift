import TensorCore

/// A way to compute attention of one head on the device.
package protocol AttentionMethod {
  var name: String { get }
  /// Writes the output; gives back what the backward pass needs.
  func forward(_ head: HeadTensors, on backend: any Backend) -> Tensor
  /// Writes the three gradients.
  func backward(_ head: HeadTensors, saved: Tensor, on backend: any Backend)
  /// Bytes beyond the head's own tensors, by formula, before anything is asked for.
  func predictedBytes(length: Int, withBackward: Bool) -> Int
}

/// Plain attention, done as well as it can be: products by the machine's own library on all
/// threads, the softmax in place, one matrix forward and two backward.
package struct NaiveMethod: AttentionMethod {
  package init() {}
  package var name: String { "plain" }

  /// - Returns: the probabilities `[length, length]`.
  package func forward(_ head: HeadTensors, on backend: any Backend) -> Tensor {
    let matrix = backend.empty([head.length, head.length], .activations)
    backend.multiply(
      head.queries, transposed: false, head.keys, transposed: true, into: matrix, accumulate: false)
    backend.softmaxRows(matrix, scale: head.problem.scale, isCausal: head.problem.isCausal)
    backend.multiply(
      matrix, transposed: false, head.values, transposed: false, into: head.output,
      accumulate: false)
    return matrix
  }

  package func backward(_ head: HeadTensors, saved: Tensor, on backend: any Backend) {
    let gradient = backend.empty([head.length, head.length], .workspace)
    backend.multiply(
      saved, transposed: true, head.outputGradient, transposed: false, into: head.valueGradient,
      accumulate: false)
    backend.multiply(
      head.outputGradient, transposed: false, head.values, transposed: true, into: gradient,
      accumulate: false)
    backend.softmaxRowsBackward(gradient, y: saved, scale: head.problem.scale)
    backend.multiply(
      gradient, transposed: false, head.keys, transposed: false, into: head.queryGradient,
      accumulate: false)
    backend.multiply(
      gradient, transposed: true, head.queries, transposed: false, into: head.keyGradient,
      accumulate: false)
  }

  package func predictedBytes(length: Int, withBackward: Bool) -> Int {
    (withBackward ? 2 : 1) * 4 * length * length
  }
}

/// The engine's tiled kernel.
package struct TiledMethod: AttentionMethod {
  package init() {}
  package var name: String { "tiled" }

  /// - Returns: the log-sum-exp, one number a query.
  package func forward(_ head: HeadTensors, on backend: any Backend) -> Tensor {
    let logSumExp = backend.empty([1, 1, head.length], .activations)
    backend.attention(
      queries: head.view(head.queries), keys: head.view(head.keys), values: head.view(head.values),
      output: head.view(head.output), logSumExp: logSumExp, head.problem)
    return logSumExp
  }

  package func backward(_ head: HeadTensors, saved: Tensor, on backend: any Backend) {
    backend.attentionBackward(
      outputGradient: head.view(head.outputGradient), queries: head.view(head.queries),
      keys: head.view(head.keys), values: head.view(head.values), output: head.view(head.output),
      logSumExp: saved, queryGradient: head.view(head.queryGradient),
      keyGradient: head.view(head.keyGradient), valueGradient: head.view(head.valueGradient),
      head.problem)
  }

  /// One number a query forward, two with the backward pass; a tile set a thread comes on top.
  package func predictedBytes(length: Int, withBackward: Bool) -> Int {
    (withBackward ? 2 : 1) * 4 * length
  }
}
