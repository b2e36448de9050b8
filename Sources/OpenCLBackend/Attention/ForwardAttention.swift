import TensorCore

extension ProgramText {
  static func attentionTile(_ shape: TileShape, headDim: Int) -> ProgramText {
    ProgramText(
      name: "AttentionTile.cl", text: PackageResources.AttentionTile_cl,
      constants: shape.constants(headDim: headDim))
  }
}

extension AttentionPass {
  /// The program of a tiled kernel.
  func texts(_ shape: TileShape, headDim: Int) -> [ProgramText] {
    let own =
      self == .forward
      ? ProgramText(name: "ForwardAttention.cl", text: PackageResources.ForwardAttention_cl)
      : ProgramText(name: "BackwardAttention.cl", text: PackageResources.BackwardAttention_cl)
    return [.attentionTile(shape, headDim: headDim), own]
  }
}

extension OpenCLBackend {
  /// - Complexity: extra memory: the plan, a few numbers a tile of queries, and for each group one
  ///   tile of queries, of keys or values, and of weights, in local memory.
  func forward(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem, _ shape: TileShape
  ) {
    let plan = plan(problem, .queries, size: shape.rows)
    run(
      AttentionPass.forward.kernel,
      of: AttentionPass.forward.texts(shape, headDim: problem.headDim),
      groups: plan.tileCount, times: problem.batchCount * problem.headCount,
      items: shape.itemCount,
      [
        .view(queries), .view(keys), .view(values), .view(output), .tensor(logSumExp),
        .list(plan.tiles), .list(plan.runs), .list(plan.masks), .list(plan.slopes),
        .integer(plan.tileCount),
        .problem(KernelProblem(problem, reading: [queries, keys, values])),
      ])
  }
}
