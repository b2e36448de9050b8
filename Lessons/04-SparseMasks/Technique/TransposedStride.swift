import Foundation
import SmallTransformer
import TensorCore

/// Strided attention in the order that makes its strides blocks (Child et al., 2019, and their
/// implementation).
///
/// Sort the tokens by the remainder of their position divided by the stride. The tokens of one
/// remainder, which a query sees at its multiples of the stride, then stand together: attention to
/// them is dense attention within n / stride tokens. The local part, the last `stride` tokens, stays
/// in the text's order. Each part is a softmax over its own keys; their log-sum-exp merges them.
package struct TransposedStride {
  package let stride: Int

  package init(_ stride: Int) { self.stride = stride }

  /// Attention with the mask `Strided(stride)`, of one packed sequence. The problem is causal
  /// attention of all its tokens; output and log-sum-exp are written.
  ///
  /// - Complexity: n · stride + n² / (2 · stride) pairs per head, in dense tiles.
  /// - Precondition: the stride divides the length.
  package func attend(
    _ operands: AttentionOperands, _ problem: AttentionProblem, on backend: any Backend
  ) {
    let length = problem.queryLength
    precondition(
      problem.batchCount == 1 && length % stride == 0,
      "transposed stride: \(problem.batchCount) sequences of \(length) tokens, stride \(stride)")
    var local = problem
    local.window = stride
    backend.attention(operands, local)

    // Every remainder is one sequence of n / stride tokens: a view, nothing is copied.
    var column = problem
    (column.batchCount, column.queryLength, column.keyLength) = (
      stride, length / stride, length / stride
    )
    // The query itself is in the local part.
    column.blocks = BlockList(length: length / stride) { $0 > 0 ? [0..<$0] : [] }
    let output = backend.empty(operands.output.tensor.shape, .workspace)
    let columns = AttentionOperands(
      queries: transposed(operands.queries), keys: transposed(operands.keys),
      values: transposed(operands.values),
      output: transposed(HeadView(packed: output, headDim: problem.headDim)),
      logSumExp: backend.empty([stride, problem.headCount, length / stride], .workspace))
    backend.attention(columns, column)
    merge(output, columns.logSumExp, into: operands, problem, on: backend)
  }

  /// One sequence for each remainder: token t of sequence c is token t · stride + c of the text.
  private func transposed(_ view: HeadView) -> HeadView {
    HeadView(
      view.tensor, offset: view.offset, batchStride: view.seqStride,
      seqStride: stride * view.seqStride, headStride: view.headStride)
  }

  /// Weighs both parts by their share of the sum of all exponentials.
  private func merge(
    _ other: Tensor, _ otherSums: Tensor, into operands: AttentionOperands,
    _ problem: AttentionProblem, on backend: any Backend
  ) {
    // H heads · D headDim · n tokens
    let (H, D, n) = (problem.headCount, problem.headDim, problem.queryLength)
    var (elements, sums) = (backend.read(operands.output.tensor), backend.read(operands.logSumExp))
    let (others, columnSums) = (backend.read(other), backend.read(otherSums))
    for head in 0..<H {
      for token in 0..<n {
        let column = columnSums[(token % stride * H + head) * (n / stride) + token / stride]
        let local = sums[head * n + token]
        let weight = 1 / (1 + exp(local - column))
        sums[head * n + token] = max(local, column) + log1p(exp(-abs(local - column)))
        let start = (token * H + head) * D
        for element in start..<start + D {
          elements[element] += weight * (others[element] - elements[element])
        }
      }
    }
    backend.write(elements, to: operands.output.tensor)
    backend.write(sums, to: operands.logSumExp)
  }
}
