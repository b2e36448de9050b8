private func keys(_ count: Int) -> [[Float]] {
  (0..<count).map { [Float($0), Float(10 * $0)] }
}

func check(_ grader: Grader) throws {
  let three = keys(3)
  try grader.same(
    "repeatedHeads([[0, 0], [1, 10], [2, 20]], queryHeadCount: 6)",
    repeatedHeads(three, queryHeadCount: 6), (0..<6).map { three[$0 / 2] },
    mistakes: [
      Mistake(
        "That is tile (0 1 2 0 …) for repeat (0 0 1 1 …): neighbours share a key head.",
        (0..<6).map { three[$0 % 3] }),
      Mistake(
        "The group has queryHeadCount / keys.count heads, not keys.count.",
        (0..<6).map { three[$0 / 3] }),
      Mistake("The heads come in reverse order.", (0..<6).map { three[2 - $0 / 2] }),
      Mistake("All heads use the first key head.", (0..<6).map { _ in three[0] }),
    ])
  try grader.same(
    "repeatedHeads of 1 key head, queryHeadCount: 4: multi-query",
    repeatedHeads(keys(1), queryHeadCount: 4), (0..<4).map { _ in keys(1)[0] })
  try grader.same(
    "repeatedHeads of 5 key heads, queryHeadCount: 5: nothing is shared",
    repeatedHeads(keys(5), queryHeadCount: 5), keys(5))

  let many = grader.ask("repeatedHeads of 4 key heads, queryHeadCount: 32") {
    repeatedHeads(keys(4), queryHeadCount: 32)
  }
  let uses = keys(4).map { key in many.filter { $0 == key }.count }
  try grader.same(
    "how many of 32 query heads use each of 4 key heads", uses, [8, 8, 8, 8])
}
