import Foundation

@testable import struct Learner.Cache
@testable import func Learner.decoded

/// Different vectors of 4 elements.
private func vectors(_ count: Int, _ seed: Int) -> [[Float]] {
  (0..<count).map { row in
    (0..<4).map { column in Float((row * 7 + column * 3 + seed * 5) % 11) / 4 - 1 }
  }
}

/// The reference: attention of a query to some of the keys.
private func reference(
  _ query: [Float], _ keys: [[Float]], _ values: [[Float]], scale: Float = 0.5
) -> [Float] {
  let scores = keys.map { zip(query, $0).reduce(Float(0)) { $0 + $1.0 * $1.1 } * scale }
  let weights = scores.map { exp($0) }
  let sum = weights.reduce(0, +)
  return (0..<4).map { index in
    zip(weights, values).reduce(Float(0)) { $0 + $1.0 * $1.1[index] } / sum
  }
}

func check(_ grader: Grader) throws {
  let (queries, keys, values) = (vectors(6, 1), vectors(6, 2), vectors(6, 3))
  var cache = Cache()
  try grader.same(
    "decoded of the first token: it sees only itself",
    decoded(query: queries[0], key: keys[0], value: values[0], cache: &cache), values[0],
    mistakes: [
      Mistake(
        "The cache is still empty: append the token to it first.", [.nan, .nan, .nan, .nan])
    ])
  for token in 1..<6 {
    func answer(_ range: Range<Int>, scale: Float = 0.5) -> [Float] {
      reference(queries[token], Array(keys[range]), Array(values[range]), scale: scale)
    }
    try grader.same(
      "decoded of token \(token), with those before it in the cache",
      decoded(query: queries[token], key: keys[token], value: values[token], cache: &cache),
      answer(0..<token + 1), within: 1e-4,
      mistakes: [
        Mistake(
          "The token does not see itself: append it to the cache first.", answer(0..<token)),
        Mistake(
          "The scores are not divided by √D.", answer(0..<token + 1, scale: 1)),
        Mistake("The earlier tokens are missing from the cache.", values[token]),
      ])
  }
  // D = 9, where √D is not D / 2, and values of two elements.
  let nine: [Float] = [1, 0, 0, 0, 0, 0, 0, 0, 2]
  var wide = Cache()
  _ = decoded(query: nine, key: nine, value: [1, 5], cache: &wide)
  let other: [Float] = [0, 0, 0, 0, 3, 0, 0, 0, 0]
  let (a, b) = (exp(Float(5) / 3), Float(1))
  try grader.same(
    "decoded of a second token, vectors of 9 and values of 2",
    decoded(query: nine, key: other, value: [3, -1], cache: &wide),
    [(a + 3 * b) / (a + b), (5 * a - b) / (a + b)],
    mistakes: [
      Mistake(
        "D / 2 equals √D only for D = 4.",
        [
          (exp(Float(5) / 4) + 3) / (exp(Float(5) / 4) + 1),
          (5 * exp(Float(5) / 4) - 1) / (exp(Float(5) / 4) + 1),
        ])
    ])
  try grader.same("the keys in the cache after 6 tokens, oldest first", cache.keys, keys)
  try grader.same("the values in the cache after 6 tokens", cache.values, values)
}
