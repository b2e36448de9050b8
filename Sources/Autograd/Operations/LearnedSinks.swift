import Foundation
import TensorCore

// Learned sinks: one logit per head that takes part in the softmax and has no value (Agarwal et al.,
// 2025: gpt-oss). The attention kernels do not know it: it is added to their results.

extension Backend {
  /// Puts one more logit per head into the denominator of a finished attention.
  ///
  /// Equivalent to `softmax([scores, sink]) • [values, 0]`. With s the sink of a head and ℓ the
  /// log-sum-exp of a query's scores, both results of the kernel are corrected:
  ///
  ///     logSumExp = log(exp(ℓ) + exp(s))
  ///     output = output · exp(ℓ − logSumExp)                  // = output · sigmoid(ℓ − s)
  ///
  /// The backward kernel computes the probabilities from the log-sum-exp, so with the corrected
  /// results it gives the gradients of attention with a sink, unchanged.
  ///
  /// - Parameters:
  ///   - sinks: `[heads]`
  ///   - output: `[batch, queries, heads · headDim]`, changed.
  ///   - logSumExp: `[batch, heads, queries]`, changed.
  ///   - problem: that of the attention.
  /// - Complexity: a copy of both results to the host and back, which waits for the device.
  public func addSinks(
    _ sinks: Tensor, to output: Tensor, _ logSumExp: Tensor, _ problem: AttentionProblem
  ) {
    // B batch · H heads · Q queries · D headDim
    let (H, Q, D) = (problem.headCount, problem.queryLength, problem.headDim)
    precondition(
      sinks.shape == [H] && output.shape == [problem.batchCount, Q, H * D],
      "sinks: \(sinks.shape) for \(H) heads, output \(output.shape)")
    let logits = read(sinks)
    var sums = read(logSumExp)  // [B, H, Q]
    var elements = read(output)  // [B, Q, H·D]
    for row in sums.indices {
      let (batch, head, query) = (row / (H * Q), row / Q % H, row % Q)
      let largest = max(sums[row], logits[head])
      let total = largest + log(exp(sums[row] - largest) + exp(logits[head] - largest))
      let share = exp(sums[row] - total)
      sums[row] = total
      let start = ((batch * Q + query) * H + head) * D
      for element in start..<start + D { elements[element] *= share }
    }
    write(sums, to: logSumExp)
    write(elements, to: output)
  }

  /// The gradient of a loss for the sinks, `[heads]`, from `dy`, the gradient of the output. Output
  /// and log-sum-exp are those after `addSinks`.
  ///
  /// It is `−Σ p · (dO · O)` over the queries, with p the sink's probability: the softmax's rule
  /// `dS = p · (dP − dO · O)` with dP = 0, because a sink has no value.
  func sinkGradient(
    _ sinks: Tensor, _ dy: Tensor, output: Tensor, _ logSumExp: Tensor, _ problem: AttentionProblem
  ) -> Tensor {
    let (H, Q, D) = (problem.headCount, problem.queryLength, problem.headDim)
    let (logits, sums) = (read(sinks), read(logSumExp))
    let (gradients, elements) = (read(dy), read(output))
    var found = [Double](repeating: 0, count: H)
    for row in sums.indices {
      let (batch, head, query) = (row / (H * Q), row / Q % H, row % Q)
      let start = ((batch * Q + query) * H + head) * D
      var product: Float = 0
      for element in start..<start + D { product += gradients[element] * elements[element] }
      found[head] -= Double(exp(logits[head] - sums[row]) * product)
    }
    return tensor(found.map(Float.init), sinks.shape, .workspace)
  }
}
