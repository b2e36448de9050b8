@testable import func Learner.longestContext
@testable import struct Learner.Shape

func check(_ grader: Grader) throws {
  // All factors differ, so that each mistake gives another answer: 2 · 3 · 5 · 7 · 4 = 840 bytes
  // per token.
  let plain = Shape(
    fullLayerCount: 3, windowLayerCount: 0, window: 11, headCount: 10, kvHeadCount: 5, headDim: 7,
    bytesPerElement: 4)
  try grader.same(
    "longestContext of 3 full layers, 10 heads, 5 key heads of 7 at 4 bytes; 840,000 bytes, batch 1",
    longestContext(of: plain, memoryBytes: 840_000, batch: 1), 1000,
    mistakes: [
      Mistake("There are keys and values; only one of them was counted.", 2000),
      Mistake("Only key/value heads are kept; all query heads were counted.", 500),
      Mistake("Every layer has a cache; one was counted.", 3000),
      Mistake("An element takes bytesPerElement bytes; that is missing.", 4000),
      Mistake("Every key/value head has a cache; one was counted.", 5000),
      Mistake("Each key/value head keeps headDim elements per token.", 7000),
      Mistake("That is the bytes of a token, not how many tokens fit.", 840),
      Mistake("Without window layers the window has no effect.", 11),
    ])
  try grader.same(
    "the same with 1,680,839 bytes, batch 2: whole tokens only",
    longestContext(of: plain, memoryBytes: 1_680_839, batch: 2), 1000,
    mistakes: [
      Mistake("The batch is missing: each sequence has its own cache.", 2000),
      Mistake("The batch is missing: each sequence has its own cache.", 2001),
      Mistake("Round down: count only whole tokens.", 1001),
    ])
  // 2 bytes per token in a layer.
  var mixed = Shape(
    fullLayerCount: 2, windowLayerCount: 6, window: 100, headCount: 1, kvHeadCount: 1, headDim: 1,
    bytesPerElement: 1)
  try grader.same(
    "longestContext of 2 full layers and 6 with a window of 100, 1 head of 1 at 1 byte; 2,000 bytes",
    longestContext(of: mixed, memoryBytes: 2000, batch: 1), 200,
    mistakes: [
      Mistake("The window layers keep only the last `window` tokens.", 125),
      Mistake("The window layers keep their windows: subtract their bytes first.", 500),
      Mistake("The full layers keep all tokens; the window limits only the others.", 100),
    ])
  try grader.same(
    "the same with 800 bytes: shorter than the window",
    longestContext(of: mixed, memoryBytes: 800, batch: 1), 50,
    mistakes: [
      Mistake("A text that is shorter than the window does not fill it.", -100),
      Mistake("A text that is shorter than the window does not fill it.", 0),
    ])
  try grader.same(
    "the same with 1,600 bytes: as long as the window",
    longestContext(of: mixed, memoryBytes: 1600, batch: 1), 100)
  mixed.fullLayerCount = 0
  try grader.same(
    "longestContext of 6 layers with a window of 100 only; 1,200 bytes",
    longestContext(of: mixed, memoryBytes: 1200, batch: 1), Int.max,
    mistakes: [
      Mistake("The windows fit, and they do not grow: the length has no limit, Int.max.", 100)
    ])
  try grader.same(
    "the same with 1,199 bytes", longestContext(of: mixed, memoryBytes: 1199, batch: 1), 99)
}
