import TensorCore

extension AttentionOperands {
  /// The views that kernels read four elements at a time.
  var inputs: [HeadView] { [queries, keys, values] }
}

extension ProgramText {
  /// The text that the attention kernels share. `isAligned`: the kernel may read whole quads.
  static func attentionTile(
    _ shape: TileShape, headDim: Int, isAligned: Bool
  ) -> [ProgramText] {
    [
      .tileItems(shape),
      ProgramText(
        name: "AttentionTile.cl", text: PackageResources.AttentionTile_cl,
        constants: [
          ("HEAD_DIM", headDim), ("DIM", TileShape.paddedDim(headDim)),
          ("IS_ALIGNED", isAligned ? 1 : 0),
        ]),
    ]
  }
}

extension AttentionPass {
  /// The program of a tiled kernel.
  func texts(_ shape: TileShape, headDim: Int, isAligned: Bool) -> [ProgramText] {
    let own =
      self == .forward
      ? ProgramText(name: "ForwardAttention.cl", text: PackageResources.ForwardAttention_cl)
      : ProgramText(name: "BackwardAttention.cl", text: PackageResources.BackwardAttention_cl)
    return ProgramText.attentionTile(shape, headDim: headDim, isAligned: isAligned) + [own]
  }
}

extension OpenCLBackend {
  /// - Complexity: extra memory: the tile list, a few integers per tile of queries, and for each
  ///   group one tile of queries and one of keys, in local memory.
  func forward(
    _ operands: AttentionOperands, _ problem: AttentionProblem, _ shape: TileShape
  ) {
    let tiles = tileList(problem, .queries, size: shape.rows)
    run(
      AttentionPass.forward.kernel,
      of: AttentionPass.forward.texts(
        shape, headDim: problem.headDim, isAligned: problem.isAligned(operands.inputs)),
      groups: tiles.tileCount, times: problem.batchCount * problem.headCount,
      items: shape.itemCount,
      [
        .view(operands.queries), .view(operands.keys), .view(operands.values),
        .view(operands.output), .tensor(operands.logSumExp), .list(tiles.rows), .list(tiles.runs),
        .list(tiles.masks), .list(tiles.slopes),
        .integer(tiles.tileCount), .problem(KernelProblem(problem)),
      ])
  }
}
