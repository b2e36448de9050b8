import Foundation

struct Cache {
  var keys: [[Float]] = []
  var values: [[Float]] = []
}

func decoded(query: [Float], key: [Float], value: [Float], cache: inout Cache) -> [Float] {
  cache.keys.append(key)
  cache.values.append(value)
  let scale = 1 / Float(query.count).squareRoot()
  let scores = cache.keys.map { zip(query, $0).reduce(Float(0)) { $0 + $1.0 * $1.1 } * scale }
  let top = scores.max() ?? 0
  let weights = scores.map { exp($0 - top) }
  let sum = weights.reduce(0, +)
  return value.indices.map { index in
    zip(weights, cache.values).reduce(Float(0)) { $0 + $1.0 * $1.1[index] } / sum
  }
}
