import Foundation
import SmallTransformer

extension TiledAttention {
  /// The map of one causal head, pooled tile by tile: first the forward pass
  /// for the log-sum-exp, then each tile again, as in the backward pass.
  ///
  /// - Complexity: every score twice; memory: one number per query and the
  ///   grid.
  package func pooledMap(
    queries: Matrix, keys: Matrix, side: Int
  ) -> PooledMap {
    precondition(isCausal, "pooled map: causal attention only")
    let logSumExp = forward(
      queries: queries, keys: keys, values: keys
    ).logSumExp
    var map = PooledMap(length: queries.rows, side: side)
    for rows in tileRanges(of: queries.rows, size: tiles.queries) {
      // Tiles after the block's last query are skipped; the map leaves out
      // the keys after each query.
      for columns in tileRanges(of: keys.rows, size: tiles.keys)
      where columns.lowerBound < rows.upperBound {
        for i in rows {
          let p = columns.map {
            exp(scale * queries.dot(i, keys, $0) - logSumExp[i])
          }
          p.withUnsafeBufferPointer {
            map.add(row: i, firstKey: columns.lowerBound, $0)
          }
        }
      }
    }
    return map
  }
}
