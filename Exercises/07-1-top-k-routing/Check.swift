import Foundation

@testable import func Learner.routed

private func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

func check(_ grader: Grader) throws {
  let (tokens, scores): ([Float], [Float]) = ([1, 2, 3, 4], [0.5, -1, 2, 0])
  func answer(chosen: [Int], _ gate: (Float) -> Float, stays: Bool = true, adds: Bool = true)
    -> [Float]
  {
    tokens.indices.map { index in
      guard chosen.contains(index) else { return stays ? tokens[index] : 0 }
      return (adds ? tokens[index] : 0) + gate(scores[index]) * 10 * tokens[index]
    }
  }
  try grader.same(
    "routed(tokens: [1, 2, 3, 4], scores: [0.5, -1, 2, 0], k: 2, block: { 10 * $0 })",
    routed(tokens: tokens, scores: scores, k: 2) { 10 * $0 }, answer(chosen: [0, 2], sigmoid),
    mistakes: [
      Mistake(
        "The gate is missing: without it the router gets no gradient.",
        answer(chosen: [0, 2]) { _ in 1 }),
      Mistake(
        "The gate is the sigmoid of the score, not the score.", answer(chosen: [0, 2]) { $0 }),
      Mistake("The lowest scores were chosen.", answer(chosen: [1, 3], sigmoid)),
      Mistake(
        "Tokens that are not chosen must stay unchanged, not become 0.",
        answer(chosen: [0, 2], sigmoid, stays: false)),
      Mistake(
        "The output of the block must be added to the token, not replace it.",
        answer(chosen: [0, 2], sigmoid, adds: false)),
      Mistake(
        "All tokens went through the block; only k must.", answer(chosen: [0, 1, 2, 3], sigmoid)),
    ])
  try grader.same(
    "routed(tokens: [1, 1, 1], scores: [0, 0, 0], k: 1, block: { $0 }): the earlier token is chosen",
    routed(tokens: [1, 1, 1], scores: [0, 0, 0], k: 1) { $0 }, [1.5, 1, 1])
  let gate = sigmoid(2)
  try grader.same(
    "routed(tokens: [3, 5], scores: [2, 0], k: 1, block: { $0 * $0 + 1 })",
    routed(tokens: [3, 5], scores: [2, 0], k: 1) { $0 * $0 + 1 }, [3 + gate * 10, 5],
    mistakes: [
      Mistake(
        "The gate multiplies the output of the block, not its input.",
        [3 + (gate * 3) * (gate * 3) + 1, 5])
    ])

  var calls = 0
  let many = (0..<64).map { Float($0) }
  let result = routed(tokens: many, scores: many.map { sin($0) }, k: 8) {
    calls += 1
    return $0 + 1
  }
  try grader.law(
    "Only k tokens are computed: the block runs 8 times for 64 tokens and k = 8.",
    asking: "routed of 64 tokens, k: 8", calls == 8, found: "it ran \(calls) times")
  let changed = zip(result, many).filter { $0 != $1 }.count
  try grader.law(
    "Exactly k tokens change.", asking: "routed of 64 tokens, k: 8", changed == 8,
    found: "\(changed) changed")
}
