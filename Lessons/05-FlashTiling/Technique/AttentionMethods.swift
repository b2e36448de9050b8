import TensorCore

/// The methods that are timed.
package enum Method: String, CaseIterable, Codable, Sendable {
  case naive, tiled

  package var implementation: any AttentionMethod {
    switch self {
    case .naive: NaiveMethod()
    case .tiled: TiledMethod()
    }
  }
}

/// A way to compute attention of one head on the device.
package protocol AttentionMethod {
  /// Writes the output and returns what the backward pass needs.
  func forward(_ head: HeadTensors, on backend: any Backend) -> Tensor
  /// Writes the three gradients.
  func backward(_ head: HeadTensors, saved: Tensor, on backend: any Backend)
  /// Peak bytes beyond the head's own tensors, by formula.
  func predictedBytes(length: Int, withBackward: Bool) -> Int
}

/// Naive attention, as fast as it can be: matrix products by the linear algebra library on all
/// threads, the softmax in place, one stored matrix forward and two backward.
package struct NaiveMethod: AttentionMethod {
  package init() {}

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

  /// - Returns: the log-sum-exp, one number per query.
  package func forward(_ head: HeadTensors, on backend: any Backend) -> Tensor {
    let logSumExp = backend.empty([1, 1, head.length], .activations)
    backend.attention(operands(head, logSumExp), head.problem)
    return logSumExp
  }

  package func backward(_ head: HeadTensors, saved: Tensor, on backend: any Backend) {
    backend.attentionBackward(
      operands(head, saved),
      AttentionGradients(
        output: head.view(head.outputGradient), queries: head.view(head.queryGradient),
        keys: head.view(head.keyGradient), values: head.view(head.valueGradient)), head.problem)
  }

  private func operands(_ head: HeadTensors, _ logSumExp: Tensor) -> AttentionOperands {
    AttentionOperands(
      queries: head.view(head.queries), keys: head.view(head.keys),
      values: head.view(head.values), output: head.view(head.output), logSumExp: logSumExp)
  }

  /// One number per query forward, two with the backward pass. The tiles of the threads do not
  /// count.
  package func predictedBytes(length: Int, withBackward: Bool) -> Int {
    (withBackward ? 2 : 1) * 4 * length
  }
}
