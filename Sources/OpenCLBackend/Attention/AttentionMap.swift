import TensorCore

/// Queries of a tile of the map's plan; `MAP_ROWS` of AttentionMap.cl.
private let mapRows = 16

extension OpenCLBackend {
  public func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem
  ) {
    let plan = plan(problem, .queries, size: mapRows)
    run(
      "attentionMap",
      of: [
        .rows, .attentionTile(DecodeShape.tile, headDim: problem.headDim),
        ProgramText(
          name: "AttentionMap.cl", text: PackageResources.AttentionMap_cl,
          constants: [("MAP_ROWS", mapRows)]),
      ],
      groups: plan.tileCount * mapRows, times: problem.batchCount * problem.headCount, items: 128,
      [
        .view(queries), .view(keys), .tensor(map), .list(plan.tiles), .list(plan.runs),
        .list(plan.masks), .list(plan.slopes), .problem(KernelProblem(problem)),
      ])
  }
}
