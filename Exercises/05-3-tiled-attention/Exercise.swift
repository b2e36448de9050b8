import Foundation

/// Causal attention of one head in tiles (Dao, 2023, section 3.1).
///
/// - `queries`: one row per token. Keys and values have as many rows.
/// - `queryTile`, `keyTile`: the number of queries in a block and of keys in a tile, at least 1.
/// - `load`: fetches a tile, the keys and values of a range of tokens. Load only tiles with a key
///   that a query of the block can see, each once for each block.
/// - Returns: one row per token.
func tiledAttention(
  queries: [[Float]], queryTile: Int, keyTile: Int,
  load: (Range<Int>) -> (keys: [[Float]], values: [[Float]])
) -> [[Float]] {
  // TODO: for each block of queries, load the tiles that it can see, and attend to each.
  return []
}
