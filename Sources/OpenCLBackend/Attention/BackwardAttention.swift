import TensorCore

/// What the backward kernels read and write.
struct BackwardOperands {
  let forward: AttentionOperands
  let gradients: AttentionGradients
  /// δ = Σ dO · O of each query.
  let delta: Tensor

  init(_ forward: AttentionOperands, _ gradients: AttentionGradients, delta: Tensor) {
    self.forward = forward
    self.gradients = gradients
    self.delta = delta
  }

  /// The views that kernels read four elements at a time.
  var inputs: [HeadView] { [gradients.output] + forward.inputs }
  var arguments: [Argument] {
    inputs.map { .view($0) } + [.tensor(forward.logSumExp), .tensor(delta)]
  }

  func texts(
    _ pass: AttentionPass, _ shape: TileShape, _ problem: AttentionProblem
  ) -> [ProgramText] {
    pass.texts(shape, headDim: problem.headDim, isAligned: problem.isAligned(inputs))
  }
}

extension OpenCLBackend {
  func computeDelta(
    _ operands: BackwardOperands, _ problem: AttentionProblem, _ shape: TileShape
  ) {
    let (items, delta) = (64, operands.delta)
    run(
      "attentionDelta", of: operands.texts(.queryGradient, shape, problem),
      groups: (delta.count + items - 1) / items, items: items,
      [
        .view(operands.gradients.output), .view(operands.forward.output), .tensor(delta),
        .integer(problem.headCount), .integer(problem.queryLength), .integer(delta.count),
      ])
  }

  func queryGradient(
    _ operands: BackwardOperands, _ problem: AttentionProblem, _ shape: TileShape
  ) {
    run(
      .queryGradient, operands, into: [operands.gradients.queries],
      tileList(problem, .queries, size: shape.rows), times: problem.batchCount * problem.headCount,
      shape)
  }

  func keyGradients(
    _ operands: BackwardOperands, _ problem: AttentionProblem, _ shape: TileShape
  ) {
    run(
      .keyGradient, operands, into: [operands.gradients.keys, operands.gradients.values],
      tileList(problem, .keys, size: shape.rows), times: problem.batchCount * problem.kvHeadCount,
      shape)
  }

  private func run(
    _ pass: AttentionPass, _ operands: BackwardOperands, into gradients: [HeadView],
    _ tiles: TileList, times: Int, _ shape: TileShape
  ) {
    run(
      pass.kernel, of: operands.texts(pass, shape, tiles.problem), groups: tiles.tileCount,
      times: times, items: shape.itemCount,
      operands.arguments + gradients.map { .view($0) } + [
        .list(tiles.rows), .list(tiles.runs), .list(tiles.masks), .list(tiles.slopes),
        .integer(tiles.tileCount), .problem(KernelProblem(tiles.problem)),
      ])
  }
}
