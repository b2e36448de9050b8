import TensorCore

/// Another way to compute attention than by the kernels of the tape's backend, such as on several
/// machines that have a part of the tokens each.
public protocol AttentionFunction: AnyObject {
  /// Writes the output and the log-sum-exp of the operands.
  ///
  /// - Returns: the pullback, which writes the gradients of queries, keys and values. It captures
  ///   what it needs, and is called at most once.
  func attend(
    _ operands: AttentionOperands, _ problem: AttentionProblem
  ) -> (AttentionGradients) -> Void
}

extension Tape {
  /// Scaled dot-product attention of packed queries, keys and values.
  ///
  /// Equivalent to `softmax(scale · Q•Kᵀ + bias, masked) • V` for each head, but no queries × keys
  /// matrix is stored.
  ///
  /// Shapes: `packed` `[batch, seq, (heads + 2·kvHeads) · headDim]`, each row
  /// `[queries | keys | values]`; result `[batch, seq, heads · headDim]`.
  ///
  /// With `sinks` `[heads]`, one more logit per head is in the softmax's denominator. It has no
  /// value, so a head can put its attention on nothing (see `addSinks`).
  ///
  /// Keeps `packed`, the result, and one log-sum-exp per query and head. The backward pass
  /// recomputes the probabilities from them (Dao et al., 2022, section 3.1).
  ///
  /// `function` replaces the backend's kernels; nil uses them.
  ///
  /// - Complexity: 4·seq²·headDim FLOPs per head forward and 10·seq²·headDim backward, minus the
  ///   tiles that the mask skips; extra memory linear in `seq`.
  /// - Precondition: `packed` has the problem's sizes.
  public func attention(
    _ packed: Variable, _ problem: AttentionProblem, sinks: Variable? = nil,
    by function: (any AttentionFunction)? = nil
  ) -> Variable {
    let views = PackedHeads(packed.value, problem)
    let output = makeResult(
      [problem.batchCount, problem.queryLength, problem.headCount * problem.headDim])
    let operands = AttentionOperands(
      queries: views.queries, keys: views.keys, values: views.values,
      output: HeadView(packed: output, headDim: problem.headDim),
      logSumExp: makeResult([problem.batchCount, problem.headCount, problem.queryLength]))
    let pullback = (function ?? KernelAttention(backend)).attend(operands, problem)
    if let sinks { backend.addSinks(sinks.value, to: output, operands.logSumExp, problem) }

    return record(output, from: [packed, sinks]) { [backend, sinks] dy in
      if let sinks {
        let gradient = backend.sinkGradient(
          sinks.value, dy, output: output, operands.logSumExp, problem)
        sinks.slot.accumulate(gradient, on: backend)
      }
      packed.slot.accumulate(
        on: backend,
        overwriting: { target in
          let gradients = PackedHeads(target, problem)
          pullback(
            AttentionGradients(
              output: HeadView(packed: dy, headDim: problem.headDim), queries: gradients.queries,
              keys: gradients.keys, values: gradients.values))
        })
    }
  }
}

/// Attention by the kernels of a backend.
private final class KernelAttention: AttentionFunction {
  private let backend: any Backend

  init(_ backend: any Backend) {
    self.backend = backend
  }

  func attend(
    _ operands: AttentionOperands, _ problem: AttentionProblem
  ) -> (AttentionGradients) -> Void {
    backend.attention(operands, problem)
    return { [backend] in backend.attentionBackward(operands, $0, problem) }
  }
}

/// Views of the queries, keys and values inside one packed projection.
public struct PackedHeads {
  /// `[batch, seq, heads, headDim]`
  public let queries: HeadView
  /// `[batch, seq, kvHeads, headDim]`
  public let keys: HeadView
  /// `[batch, seq, kvHeads, headDim]`
  public let values: HeadView

  /// - Precondition: `packed` is `[batch, seq, (heads + 2·kvHeads) · headDim]`.
  public init(_ packed: Tensor, _ problem: AttentionProblem) {
    let width = (problem.headCount + 2 * problem.kvHeadCount) * problem.headDim
    precondition(
      packed.shape == [problem.batchCount, problem.queryLength, width],
      """
      attention: packed heads \(packed.shape), expected \
      \(Shape([problem.batchCount, problem.queryLength, width]))
      """)
    let headDim = problem.headDim
    queries = HeadView(packed: packed, headDim: headDim)
    keys = HeadView(packed: packed, firstHead: problem.headCount, headDim: headDim)
    values = HeadView(
      packed: packed, firstHead: problem.headCount + problem.kvHeadCount, headDim: headDim)
  }
}
