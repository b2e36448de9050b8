@testable import struct Learner.Needle
@testable import func Learner.needleAccuracy

/// Needle i: tokens 100 + i, 200 + i; question 300 + i, or two tokens; answer 200 + i.
private func needles(_ count: Int) -> [Needle] {
  (0..<count).map { index in
    Needle(
      tokens: [100 + index, 200 + index] + (index % 2 == 0 ? [] : [55]),
      question: [300 + index, 9], answer: 200 + index)
  }
}

/// A model that sees the last tokens of its prompt, and writes down the prompts.
private final class Reader {
  var prompts: [[Int]] = []
  let window: Int

  init(window: Int) { self.window = window }

  func answer(_ prompt: [Int]) -> Int {
    prompts.append(prompt)
    let seen = Array(prompt.suffix(window))
    guard seen.count > 1, seen[seen.count - 2] >= 300 else { return -1 }
    let index = seen[seen.count - 2] - 300
    return seen.contains(100 + index) ? 200 + index : -1
  }
}

func check(_ grader: Grader) throws {
  let hay = Array(1...40)
  let one = needles(1)
  func prompts(_ depth: Double) -> [[Int]] {
    let reader = Reader(window: 100)
    _ = needleAccuracy(
      haystack: hay, needles: one, lengths: [8], depths: [depth], model: reader.answer)
    return reader.prompts
  }
  try grader.same(
    "the prompts of needleAccuracy with needle [100, 200], question [300, 9], length 8, depth 0.5",
    prompts(0.5), [[1, 2, 100, 200, 3, 4, 300, 9]],
    mistakes: [
      Mistake(
        "The prompt is too long: needle and question take their room from the haystack.",
        [[1, 2, 3, 4, 100, 200, 5, 6, 7, 8, 300, 9]]),
      Mistake(
        "The prompt is too long: the question counts too.",
        [[1, 2, 3, 100, 200, 4, 5, 6, 300, 9]]),
      Mistake(
        "The needle replaces tokens of the haystack; insert it between them.",
        [[1, 2, 100, 200, 5, 6, 300, 9]]),
      Mistake("The question must come last.", [[300, 9, 1, 2, 100, 200, 3, 4]]),
      Mistake("Take the beginning of the haystack.", [[37, 38, 100, 200, 39, 40, 300, 9]]),
      Mistake("The needle is missing.", [[1, 2, 3, 4, 300, 9]]),
      Mistake(
        "The depth is a share of the haystack's tokens, not of the whole prompt.",
        [[1, 2, 3, 4, 100, 200, 300, 9]]),
    ])
  try grader.same(
    "the same at depth 0", prompts(0), [[100, 200, 1, 2, 3, 4, 300, 9]],
    mistakes: [
      Mistake(
        "Depth 0 is the beginning and depth 1 the end, just before the question.",
        [[1, 2, 3, 4, 100, 200, 300, 9]])
    ])
  try grader.same("the same at depth 1", prompts(1), [[1, 2, 3, 4, 100, 200, 300, 9]])
  try grader.same("the same at depth 0.3", prompts(0.3), [[1, 100, 200, 2, 3, 4, 300, 9]])

  let five = needles(5)
  let question = "needleAccuracy of 5 needles, lengths [10, 20, 40], depths [0, 0.5, 1]; the model "
  func accuracy(_ reader: Reader) -> [[Double]] {
    needleAccuracy(
      haystack: hay, needles: five, lengths: [10, 20, 40], depths: [0, 0.5, 1],
      model: reader.answer)
  }
  let all = Reader(window: 100)
  try grader.same(
    question + "sees everything", accuracy(all), [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    mistakes: [
      Mistake(
        "Those are counts; divide by the number of needles.", [[5, 5, 5], [5, 5, 5], [5, 5, 5]])
    ])
  let counts = Set(all.prompts.map(\.count))
  try grader.law(
    "Every prompt has exactly the length that was asked for.", asking: question + "sees everything",
    counts == [10, 20, 40], found: "prompts of \(counts.sorted()) tokens")
  let near = Reader(window: 12)
  try grader.same(
    question + "sees the last 12 tokens", accuracy(near), [[1, 1, 1], [0, 0.6, 1], [0, 0, 1]],
    mistakes: [
      Mistake(
        "It is [length][depth]; that is [depth][length].", [[1, 0, 0], [1, 0.6, 0], [1, 1, 1]]),
      Mistake(
        "All needles must be asked for, not only the first.", [[1, 1, 1], [0, 1, 1], [0, 0, 1]]),
    ])
}
