@testable import func Learner.longestContext
@testable import struct Learner.Shape

func check(_ grader: Grader) throws {
  // All factors differ, so that each mistake gives another answer: 2 · 3 · 5 · 7 · 4 = 840 bytes
  // per token.
  let small = Shape(layerCount: 3, headCount: 10, kvHeadCount: 5, headDim: 7, bytesPerElement: 4)
  try grader.same(
    "longestContext of 3 layers, 10 heads, 5 key heads of 7 at 4 bytes; 840,000 bytes, batch 1",
    longestContext(of: small, memoryBytes: 840_000, batch: 1), 1000,
    mistakes: [
      Mistake("There are keys and values; only one of them was counted.", 2000),
      Mistake("Only key/value heads are kept; all query heads were counted.", 500),
      Mistake("Every layer has a cache; one was counted.", 3000),
      Mistake("An element takes bytesPerElement bytes; that is missing.", 4000),
      Mistake("Every key/value head has a cache; one was counted.", 5000),
      Mistake("Each key/value head keeps headDim elements per token.", 7000),
      Mistake("That is the bytes of a token, not how many tokens fit.", 840),
    ])
  try grader.same(
    "the same with 1,680,839 bytes, batch 2: whole tokens only",
    longestContext(of: small, memoryBytes: 1_680_839, batch: 2), 1000,
    mistakes: [
      Mistake("The batch is missing: each sequence has its own cache.", 2000),
      Mistake("The batch is missing: each sequence has its own cache.", 2001),
      Mistake("Round down: count only whole tokens.", 1001),
    ])
  let question = "longestContext with 1 key head and with 8"
  let (one, eight) = grader.ask(question) {
    var shape = Shape(layerCount: 4, headCount: 8, kvHeadCount: 1, headDim: 16, bytesPerElement: 2)
    let one = longestContext(of: shape, memoryBytes: 1 << 20, batch: 1)
    shape.kvHeadCount = 8
    return (one, longestContext(of: shape, memoryBytes: 1 << 20, batch: 1))
  }
  try grader.law(
    "One key head instead of eight gives a context eight times as long.", asking: question,
    one == 8 * eight && eight > 0, found: "\(one) and \(eight)")
}
