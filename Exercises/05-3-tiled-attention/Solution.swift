import Foundation

func tiledAttention(
  queries: [[Float]], queryTile: Int, keyTile: Int,
  load: (Range<Int>) -> (keys: [[Float]], values: [[Float]])
) -> [[Float]] {
  var outputs = [[Float]](repeating: [], count: queries.count)
  for start in stride(from: 0, to: queries.count, by: queryTile) {
    let end = min(start + queryTile, queries.count)
    var maxima = [Float](repeating: -.infinity, count: end)
    var sums = [Float](repeating: 0, count: end)
    for first in stride(from: 0, to: end, by: keyTile) {
      let tile = load(first..<min(first + keyTile, queries.count))
      for i in start..<end {
        for (j, (key, value)) in zip(tile.keys, tile.values).enumerated() where first + j <= i {
          let product = zip(queries[i], key).reduce(Float(0)) { $0 + $1.0 * $1.1 }
          let score = product / Float(key.count).squareRoot()
          let larger = max(maxima[i], score)
          let (factor, weight) = (exp(maxima[i] - larger), exp(score - larger))
          if outputs[i].isEmpty { outputs[i] = value.map { _ in 0 } }
          for d in value.indices { outputs[i][d] = outputs[i][d] * factor + weight * value[d] }
          sums[i] = sums[i] * factor + weight
          maxima[i] = larger
        }
      }
    }
    for i in start..<end { outputs[i] = outputs[i].map { $0 / sums[i] } }
  }
  return outputs
}
