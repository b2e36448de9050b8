import TensorCore

/// Queries per tile of the map; `MAP_ROWS` of AttentionMap.cl.
private let mapRows = 16

extension OpenCLBackend {
  public func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem
  ) {
    let tiles = tileList(problem, .queries, size: mapRows)
    run(
      "attentionMap",
      of: [.reduction]
        + ProgramText.attentionTile(
          DecodeShape.tile, headDim: problem.headDim, isAligned: false)
        + [
          ProgramText(
            name: "AttentionMap.cl", text: PackageResources.AttentionMap_cl,
            constants: [("MAP_ROWS", mapRows)])
        ],
      groups: tiles.tileCount * mapRows, times: problem.batchCount * problem.headCount, items: 128,
      [
        .view(queries), .view(keys), .tensor(map), .list(tiles.rows), .list(tiles.runs),
        .list(tiles.masks), .list(tiles.slopes), .problem(KernelProblem(problem)),
      ])
  }
}
