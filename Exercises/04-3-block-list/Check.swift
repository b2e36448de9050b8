@testable import func Learner.keptBlocks

/// What a common mistake changes.
private enum Slip { case none, mean, unmasked, withoutOwn, extra, ranked, firstQuery, lowest }

private func reference(
  _ scores: [[Float]], _ size: Int, _ count: Int, _ slip: Slip = .none
) -> [[Int]] {
  let rows = (scores.count + size - 1) / size
  return (0..<rows).map { row -> [Int] in
    let last = slip == .unmasked ? rows - 1 : slip == .withoutOwn ? row : row - 1
    var ranked: [(block: Int, score: Float)] = []
    for block in 0..<max(0, last + 1) where slip != .unmasked || block != row {
      var values: [Float] = []
      let queries = row * size..<min((row + 1) * size, scores.count)
      for query in slip == .firstQuery ? queries.prefix(1) : queries {
        for key in block * size..<min((block + 1) * size, scores.count)
        where key <= query || slip == .unmasked {
          values.append(scores[query][key])
        }
      }
      let sum = values.reduce(0, +)
      let score = slip == .mean ? sum / Float(values.count) : values.max() ?? -.infinity
      ranked.append((block, slip == .lowest ? -score : score))
    }
    ranked.sort { $0.score == $1.score ? $0.block < $1.block : $0.score > $1.score }
    let kept = ranked.map(\.block).prefix(slip == .withoutOwn || slip == .extra ? count : count - 1)
    let all = slip == .withoutOwn ? Array(kept) : kept + [row]
    return slip == .ranked ? all : all.sorted()
  }
}

/// Scores from −13 to −1 with a pattern that no mistake reproduces; later keys have the largest.
private func scores(_ count: Int) -> [[Float]] {
  (0..<count).map { query -> [Float] in
    (0..<count).map { key -> Float in
      let number = query * 5 + key * 7 + query * key
      return key > query ? 99 : Float(number % 13 - 13)
    }
  }
}

func check(_ grader: Grader) throws {
  let hand: [[Float]] = [
    [1, 0, 0, 0, 0, 0], [2, 1, 0, 0, 0, 0], [5, 0, 1, 0, 0, 0], [0, 3, 1, 1, 0, 0],
    [0, 4, 0, 3, 0, 0], [0, 0, 6, 0, 1, 1],
  ]
  try grader.same(
    "keptBlocks of 6 tokens, blockSize: 2, count: 2",
    keptBlocks(scores: hand, blockSize: 2, count: 2),
    [[0], [0, 1], [1, 2]],
    mistakes: [
      Mistake(
        "A block counts by its largest score over all its queries, not by its first query's.",
        [[0], [0, 1], [0, 2]]),
      Mistake("The block on the diagonal is one of the `count`.", [[0], [0, 1], [0, 1, 2]]),
      Mistake("The block on the diagonal must always be kept.", [[0], [0, 1], [0, 1]]),
      Mistake("The block on the diagonal must always be kept.", [[0], [0], [1]]),
      Mistake(
        "Blocks after the diagonal are masked: never keep them.",
        reference(hand, 2, 2, .unmasked)),
    ])
  let negative: [[Float]] = [[-1, 0, 0, 0], [-1, -1, 0, 0], [-1, -2, -1, 0], [-2, -1, -3, -1]]
  try grader.same(
    "keptBlocks of 4 tokens with negative scores, blockSize: 1, count: 2",
    keptBlocks(scores: negative, blockSize: 1, count: 2), [[0], [0, 1], [0, 2], [1, 3]],
    mistakes: [
      Mistake(
        "Scores can be negative: the largest of a block begins at −∞, not at 0.",
        [[0], [0, 1], [0, 2], [0, 3]])
    ])
  for (count, size, kept) in [(16, 4, 2), (15, 4, 3), (20, 3, 3), (9, 1, 4)] {
    let given = scores(count)
    func wrong(_ slip: Slip) -> [[Int]] { reference(given, size, kept, slip) }
    let question = "keptBlocks of \(count) tokens, blockSize: \(size), count: \(kept)"
    try grader.same(
      question, keptBlocks(scores: given, blockSize: size, count: kept), wrong(.none),
      mistakes: [
        Mistake("A block counts by its largest score, not by its sum or mean.", wrong(.mean)),
        Mistake("Blocks after the diagonal are masked: never keep them.", wrong(.unmasked)),
        Mistake("The block on the diagonal must always be kept.", wrong(.withoutOwn)),
        Mistake("The block on the diagonal is one of the `count`.", wrong(.extra)),
        Mistake("The indices must be in ascending order.", wrong(.ranked)),
        Mistake(
          "A block counts by its largest score over all its queries, not by its first query's.",
          wrong(.firstQuery)),
        Mistake("The blocks with the lowest scores were kept.", wrong(.lowest)),
      ])
  }
  try grader.same(
    "keptBlocks of equal scores, blockSize: 1, count: 2: the earlier block is better",
    keptBlocks(scores: [[0, 0, 0], [0, 0, 0], [0, 0, 0]], blockSize: 1, count: 2),
    [[0], [0, 1], [0, 2]],
    mistakes: [Mistake("Of equal scores the earlier block is better.", [[0], [0, 1], [1, 2]])])
  try grader.same(
    "keptBlocks of 4 tokens, blockSize: 2, count: 1: only the diagonal",
    keptBlocks(scores: scores(4), blockSize: 2, count: 1), [[0], [1]])
  try grader.same(
    "keptBlocks of 4 tokens, blockSize: 9, count: 3: a single block",
    keptBlocks(scores: scores(4), blockSize: 9, count: 3), [[0]])
}
