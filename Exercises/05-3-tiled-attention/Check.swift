import Foundation

@testable import func Learner.tiledAttention

/// Keys and values in slow memory, which writes down what is loaded.
private final class SlowMemory {
  let keys: [[Float]]
  let values: [[Float]]
  private(set) var loaded: [Range<Int>] = []

  init(keys: [[Float]], values: [[Float]]) { (self.keys, self.values) = (keys, values) }

  func load(_ range: Range<Int>) -> (keys: [[Float]], values: [[Float]]) {
    loaded.append(range)
    return (Array(keys[range]), Array(values[range]))
  }
}

/// Different vectors.
private func vectors(_ count: Int, _ seed: Int, of length: Int) -> [[Float]] {
  (0..<count).map { row in
    (0..<length).map { column in Float((row * 7 + column * 3 + seed * 5) % 11) / 3 - 1.5 }
  }
}

/// The reference: the whole row at once.
private func reference(
  _ queries: [[Float]], _ memory: SlowMemory, scale: Float? = nil, sees: (Int, Int) -> Bool
) -> [[Float]] {
  queries.indices.map { i -> [Float] in
    let seen = memory.keys.indices.filter { sees(i, $0) }
    let scale = scale ?? 1 / Float(queries[i].count).squareRoot()
    let weights = seen.map { j -> Float in
      let product = zip(queries[i], memory.keys[j]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      return exp(product * scale)
    }
    let sum = weights.reduce(0, +)
    return memory.values[0].indices.map { d -> Float in
      zip(weights, seen).reduce(Float(0)) { $0 + $1.0 * memory.values[$1.1][d] } / sum
    }
  }
}

/// The output if one of the two sums is not rescaled when a larger score comes.
private func partlyRescaled(
  _ queries: [[Float]], _ memory: SlowMemory, sum rescalesSum: Bool, output rescalesOutput: Bool
) -> [[Float]] {
  queries.indices.map { i -> [Float] in
    let scale = 1 / Float(queries[i].count).squareRoot()
    var (top, sum) = (-Float.infinity, Float(0))
    var output = [Float](repeating: 0, count: memory.values[0].count)
    for j in 0...i {
      let score = scale * zip(queries[i], memory.keys[j]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      let larger = max(top, score)
      let (factor, weight) = (exp(top - larger), exp(score - larger))
      sum = sum * (rescalesSum ? factor : 1) + weight
      for d in output.indices {
        let kept = rescalesOutput ? output[d] * factor : output[d]
        output[d] = kept + weight * memory.values[j][d]
      }
      top = larger
    }
    return output.map { $0 / sum }
  }
}

/// The tiles that blocks of queries need.
private func tiles(_ length: Int, _ queryTile: Int, _ keyTile: Int) -> [Range<Int>] {
  stride(from: 0, to: length, by: queryTile).flatMap { start -> [Range<Int>] in
    let end = min(start + queryTile, length)
    return stride(from: 0, to: end, by: keyTile).map { $0..<min($0 + keyTile, length) }
  }
}

func check(_ grader: Grader) throws {
  for (n, queryTile, keyTile) in [(4, 2, 2), (6, 2, 3), (7, 3, 2), (5, 8, 1), (5, 1, 8)] {
    let queries = vectors(n, 1, of: 4)
    let memory = SlowMemory(keys: vectors(n, 2, of: 4), values: vectors(n, 3, of: 2))
    let question = "tiledAttention of \(n) tokens, queryTile: \(queryTile), keyTile: \(keyTile)"
    let causal = reference(queries, memory) { $1 <= $0 }
    let answer = grader.ask(question) {
      tiledAttention(
        queries: queries, queryTile: queryTile, keyTile: keyTile, load: memory.load)
    }
    try grader.same(
      question, answer, causal, within: 1e-4,
      mistakes: [
        Mistake(
          "Inside a tile on the diagonal, the keys after the query must be left out.",
          reference(queries, memory) { i, j in
            j / keyTile * keyTile < min((i / queryTile + 1) * queryTile, n)
          }),
        Mistake("The query must see itself.", reference(queries, memory) { $1 < max($0, 1) }),
        Mistake(
          "The scores are not divided by √D.",
          reference(queries, memory, scale: 1) { $1 <= $0 }),
        Mistake(
          "Divide by √D, not by D.", reference(queries, memory, scale: 0.25) { $1 <= $0 }),
        Mistake(
          "Only the last tile of each block counts: maximum, sum and output start again with "
            + "every tile.",
          reference(queries, memory) { i, j in
            let end = min((i / queryTile + 1) * queryTile, n)
            return j <= i && j >= (end - 1) / keyTile * keyTile
          }),
        Mistake(
          "Only one tile of each query counts: maximum, sum and output start again with every tile.",
          reference(queries, memory) { i, j in j <= i && j >= i / keyTile * keyTile }),
        Mistake(
          "The output was not rescaled when a larger score came.",
          partlyRescaled(queries, memory, sum: true, output: false)),
        Mistake(
          "The sum was not rescaled when a larger score came.",
          partlyRescaled(queries, memory, sum: false, output: true)),
      ])
    let wanted = tiles(n, queryTile, keyTile)
    let whole = stride(from: 0, to: n, by: queryTile).flatMap { _ in
      stride(from: 0, to: n, by: keyTile).map { $0..<min($0 + keyTile, n) }
    }
    try grader.same(
      question + ": the loaded tiles", memory.loaded, wanted,
      mistakes: [
        Mistake("Tiles above the diagonal were loaded: skip them, no query sees them.", whole),
        Mistake(
          "Each tile was loaded once for every query; load it once for the block.",
          (0..<n).flatMap { i -> [Range<Int>] in
            let end = min((i / queryTile + 1) * queryTile, n)
            return stride(from: 0, to: end, by: keyTile).map { $0..<min($0 + keyTile, n) }
          }),
      ])
  }
  let large = SlowMemory(keys: [[300], [0], [400]], values: [[1], [2], [3]])
  try grader.same(
    "tiledAttention of 3 tokens with scores up to 400, queryTile: 1, keyTile: 1",
    tiledAttention(queries: [[1], [1], [1]], queryTile: 1, keyTile: 1, load: large.load),
    [[1], [1], [3]],
    mistakes: [
      Mistake(
        "exp(300) does not fit in a Float: subtract the largest score so far.",
        [[.nan], [.nan], [.nan]])
    ])
}
