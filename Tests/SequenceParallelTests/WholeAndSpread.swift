import Autograd
import CPUBackend
import Communication
import SequenceParallel
import TensorCore
import TestSupport

/// One attention, computed by one process and by several ranks.
struct WholeAndSpread {
  /// Output and gradient of one computation, in the order of the positions.
  struct Result {
    var output: [Float]
    /// The gradient of the packed queries, keys and values.
    var gradient: [Float]
  }

  let problem: AttentionProblem
  /// `[batch, length, (heads + 2·kvHeads) · headDim]`
  let packed: [Float]
  /// `[batch, length, heads · headDim]`
  let outputGradient: [Float]

  private var packedWidth: Int { (problem.headCount + 2 * problem.kvHeadCount) * problem.headDim }
  private var outputWidth: Int { problem.headCount * problem.headDim }

  init(_ problem: AttentionProblem, scale: Float = 1) {
    self.problem = problem
    let rows = problem.batchCount * problem.queryLength
    packed = testValues(
      rows * (problem.headCount + 2 * problem.kvHeadCount) * problem.headDim, "packed",
      scale: scale)
    outputGradient = testValues(rows * problem.headCount * problem.headDim, "dO")
  }

  /// By the backend's kernels.
  func whole() throws -> Result {
    let backend = try CPUBackend(threadCount: 2)
    return run(packed, outputGradient, problem, nil, backend)
  }

  /// By ranks, with the bytes that each sent, and by formula.
  func spread(
    _ technique: SpreadTechnique, _ layout: SequenceLayout, ranks: Int, overlaps: Bool = true
  ) throws -> (result: Result, traffic: [SpreadTraffic], sent: [Int]) {
    let (batch, length) = (problem.batchCount, problem.queryLength)
    let parts = try ThreadTransport.run(ranks: ranks) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let attention = try SpreadAttention(
        technique, layout, length: length, over: communicator, on: backend, overlaps: overlaps)
      let share = attention.share
      var own = problem
      (own.queryLength, own.keyLength) = (share.count, share.count)
      let result = run(
        share.rows(of: packed, batch: batch, width: packedWidth),
        share.rows(of: outputGradient, batch: batch, width: outputWidth), own, attention, backend)
      return (share, result, communicator.totalSentBytes)
    }
    var result = Result(
      output: Array(repeating: .nan, count: outputGradient.count),
      gradient: Array(repeating: .nan, count: packed.count))
    for (share, part, _) in parts {
      share.place(part.output, in: &result.output, batch: batch, width: outputWidth)
      share.place(part.gradient, in: &result.gradient, batch: batch, width: packedWidth)
    }
    return (
      result, parts.map { SpreadTraffic(technique, $0.0, problem) }, parts.map { $0.2 }
    )
  }

  private func run(
    _ packed: [Float], _ outputGradient: [Float], _ problem: AttentionProblem,
    _ function: (any AttentionFunction)?, _ backend: CPUBackend
  ) -> Result {
    let (batch, length) = (problem.batchCount, problem.queryLength)
    let x = backend.tensor(packed, [batch, length, packedWidth], .activations)
    let y = backend.full(.nan, [batch, length, outputWidth], .activations)
    let dy = backend.tensor(outputGradient, [batch, length, outputWidth], .workspace)
    let dx = backend.full(.nan, x.shape, .workspace)
    let (views, targets) = (PackedHeads(x, problem), PackedHeads(dx, problem))
    let operands = AttentionOperands(
      queries: views.queries, keys: views.keys, values: views.values,
      output: HeadView(packed: y, headDim: problem.headDim),
      logSumExp: backend.empty([batch, problem.headCount, length], .activations))
    let gradients = AttentionGradients(
      output: HeadView(packed: dy, headDim: problem.headDim), queries: targets.queries,
      keys: targets.keys, values: targets.values)
    if let function {
      let pullback = function.attend(operands, problem)
      pullback(gradients)
    } else {
      backend.attention(operands, problem)
      backend.attentionBackward(operands, gradients, problem)
    }
    return Result(output: backend.read(y), gradient: backend.read(dx))
  }
}
