@testable import func Learner.sharedScores

/// The scores, for a given assignment of key heads to query heads.
private func scores(
  _ queries: [[Float]], _ keys: [[[Float]]], scale: Float = 0.5, _ keyHead: (Int) -> Int
) -> [[Float]] {
  queries.enumerated().map { head, query in
    keys[keyHead(head)].map { key in
      zip(query, key).reduce(Float(0)) { $0 + $1.0 * $1.1 } * scale
    }
  }
}

/// Different vectors of `length` elements.
private func vectors(_ count: Int, _ seed: Int, of length: Int = 4) -> [[Float]] {
  (0..<count).map { row in
    (0..<length).map { column in Float((row * 7 + column * 3 + seed * 5) % 11) - 4 }
  }
}

func check(_ grader: Grader) throws {
  let queries = vectors(6, 1)
  let keys = [vectors(2, 2), vectors(2, 4), vectors(2, 7)]
  try grader.same(
    "sharedScores of 6 query heads and 3 key heads, 2 tokens, vectors of 4",
    sharedScores(queries: queries, keys: keys), scores(queries, keys) { $0 / 2 },
    mistakes: [
      Mistake(
        "That is tile (0 1 2 0 …) instead of repeat (0 0 1 1 …): neighbors share a key head.",
        scores(queries, keys) { $0 % 3 }),
      Mistake(
        "The group has queries.count / keys.count heads, not keys.count.",
        scores(queries, keys) { $0 / 3 }),
      Mistake("All heads use the first key head.", scores(queries, keys) { _ in 0 }),
      Mistake(
        "The scores are not divided by √headDim.",
        scores(queries, keys, scale: 1) { $0 / 2 }),
      Mistake(
        "Divide by √headDim, not by headDim.",
        scores(queries, keys, scale: 0.25) { $0 / 2 }),
    ])
  let (wide, wideKeys) = (vectors(2, 1, of: 9), [vectors(2, 2, of: 9)])
  try grader.same(
    "sharedScores of 2 query heads and 1 key head, vectors of 9",
    sharedScores(queries: wide, keys: wideKeys), scores(wide, wideKeys, scale: 1 / 3) { _ in 0 },
    mistakes: [
      Mistake(
        "headDim / 2 equals √headDim only for vectors of 4.",
        scores(wide, wideKeys, scale: 1 / 4) { _ in 0 })
    ])
  let one = [vectors(3, 5)]
  try grader.same(
    "sharedScores of 6 query heads and 1 key head: multi-query",
    sharedScores(queries: queries, keys: one), scores(queries, one) { _ in 0 })
  let own = (0..<6).map { vectors(2, $0) }
  try grader.same(
    "sharedScores of 6 query heads and 6 key heads: nothing is shared",
    sharedScores(queries: queries, keys: own), scores(queries, own) { $0 })
  let question = "sharedScores of 8 query heads and 2 key heads, the second then changed"
  let (before, after) = grader.ask(question) {
    (
      sharedScores(queries: vectors(8, 3), keys: [vectors(2, 2), vectors(2, 4)]),
      sharedScores(queries: vectors(8, 3), keys: [vectors(2, 2), vectors(2, 9)])
    )
  }
  let changed = before.indices.filter { $0 < after.count && before[$0] != after[$0] }
  try grader.same(
    "the query heads of 8 that change with the second of 2 key heads", changed, [4, 5, 6, 7])
}
