@testable import func Learner.tiledAttention

/// One head, and the sizes of a tile.
struct TiledHead: Decodable {
  let queries: [[Float]]
  let keys: [[Float]]
  let values: [[Float]]
  let queryTile: Int
  let keyTile: Int
}

/// The output, and the number of tiles that were loaded.
struct TiledOutput: Encodable {
  let output: [[Float]]
  let loadedTiles: Int
}

func answer(_ head: TiledHead) -> TiledOutput {
  var count = 0
  let output = tiledAttention(
    queries: head.queries, queryTile: head.queryTile, keyTile: head.keyTile
  ) { range in
    count += 1
    return (Array(head.keys[range]), Array(head.values[range]))
  }
  return TiledOutput(output: output, loadedTiles: count)
}
