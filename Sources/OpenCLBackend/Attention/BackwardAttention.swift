import TensorCore

/// What both passes of the backward kernels read.
struct BackwardOperands {
  let outputGradient: HeadView
  let queries: HeadView
  let keys: HeadView
  let values: HeadView
  let logSumExp: Tensor
  /// δ = Σ dO · O of each row.
  let delta: Tensor

  var views: [HeadView] { [outputGradient, queries, keys, values] }
  var arguments: [Argument] { views.map { .view($0) } + [.tensor(logSumExp), .tensor(delta)] }
}

extension OpenCLBackend {
  func delta(
    _ outputGradient: HeadView, _ output: HeadView, into delta: Tensor,
    _ problem: AttentionProblem, _ shape: TileShape
  ) {
    let items = 64
    run(
      "attentionDelta", of: AttentionPass.queryGradient.texts(shape, headDim: problem.headDim),
      groups: (delta.count + items - 1) / items, items: items,
      [
        .view(outputGradient), .view(output), .tensor(delta), .integer(problem.headCount),
        .integer(problem.queryLength), .integer(problem.headDim), .integer(delta.count),
      ])
  }

  func queryGradient(
    _ operands: BackwardOperands, into gradient: HeadView, _ problem: AttentionProblem,
    _ shape: TileShape
  ) {
    run(
      .queryGradient, operands, into: [gradient], plan(problem, .queries, size: shape.rows),
      times: problem.batchCount * problem.headCount, shape)
  }

  func keyGradients(
    _ operands: BackwardOperands, into keyGradient: HeadView, _ valueGradient: HeadView,
    _ problem: AttentionProblem, _ shape: TileShape
  ) {
    run(
      .keyGradient, operands, into: [keyGradient, valueGradient],
      plan(problem, .keys, size: shape.rows), times: problem.batchCount * problem.kvHeadCount,
      shape)
  }

  private func run(
    _ pass: AttentionPass, _ operands: BackwardOperands, into gradients: [HeadView],
    _ plan: AttentionPlan, times: Int, _ shape: TileShape
  ) {
    run(
      pass.kernel, of: pass.texts(shape, headDim: plan.problem.headDim), groups: plan.tileCount,
      times: times, items: shape.itemCount,
      operands.arguments + gradients.map { .view($0) } + [
        .list(plan.tiles), .list(plan.runs), .list(plan.masks), .list(plan.slopes),
        .integer(plan.tileCount), .problem(KernelProblem(plan.problem, reading: operands.views)),
      ])
  }
}
