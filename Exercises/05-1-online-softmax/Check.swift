import Foundation

@testable import func Learner.onlineAttention

/// The reference: the whole row at once.
private func reference(_ scores: [Float], _ values: [[Float]]) -> [Float] {
  let top = scores.max() ?? 0
  let weights = scores.map { exp($0 - top) }
  let sum = weights.reduce(0, +)
  return values[0].indices.map { index in
    zip(weights, values).reduce(0) { $0 + $1.0 * $1.1[index] } / sum
  }
}

/// The result if one of the sums is not rescaled.
private func partlyRescaled(
  _ scores: [Float], _ values: [[Float]], rescalesSum: Bool, rescalesOutput: Bool, divides: Bool
) -> [Float] {
  var (top, sum) = (-Float.infinity, Float(0))
  var output = [Float](repeating: 0, count: values[0].count)
  for (score, value) in zip(scores, values) {
    let larger = max(top, score)
    let (factor, weight) = (exp(top - larger), exp(score - larger))
    sum = sum * (rescalesSum ? factor : 1) + weight
    for index in output.indices {
      output[index] = output[index] * (rescalesOutput ? factor : 1) + weight * value[index]
    }
    top = larger
  }
  return divides ? output.map { $0 / sum } : output
}

func check(_ grader: Grader) throws {
  try grader.same(
    "onlineAttention(scores: [0, 0], values: [[1, 0], [0, 1]])",
    onlineAttention(scores: [0, 0], values: [[1, 0], [0, 1]]), [0.5, 0.5],
    mistakes: [Mistake("The output is not divided by the sum of the weights.", [1, 1])])

  let (rising, rows): ([Float], [[Float]]) = ([1, 3, 2], [[1, 0, 2], [0, 1, 4], [1, 1, -2]])
  func wrong(_ sum: Bool, _ output: Bool, _ divides: Bool = true) -> [Float] {
    partlyRescaled(rising, rows, rescalesSum: sum, rescalesOutput: output, divides: divides)
  }
  try grader.same(
    "onlineAttention(scores: [1, 3, 2], values: [[1, 0, 2], [0, 1, 4], [1, 1, -2]])",
    onlineAttention(scores: rising, values: rows), reference(rising, rows),
    mistakes: [
      Mistake(
        "The sum of the weights was not rescaled when a larger score came.", wrong(false, true)),
      Mistake("The output was not rescaled when a larger score came.", wrong(true, false)),
      Mistake(
        "Neither the sum nor the output was rescaled when a larger score came.",
        wrong(false, false)),
      Mistake("The output is not divided by the sum of the weights.", wrong(true, true, false)),
    ])

  let large: [Float] = [900, 1000, 999]
  try grader.same(
    "onlineAttention(scores: [900, 1000, 999], values: [[1], [2], [3]])",
    onlineAttention(scores: large, values: [[1], [2], [3]]), reference(large, [[1], [2], [3]]),
    mistakes: [
      Mistake(
        "exp(900) does not fit in a Float: subtract the largest score before exp.", [.nan])
    ])

  let scores = (0..<50).map { Float(sin(Double($0) * 1.7) * 6) }
  let ones = scores.map { _ in [Float(1)] }
  let sum = grader.ask("onlineAttention of 50 scores, with values of [1]") {
    onlineAttention(scores: scores, values: ones)
  }
  try grader.law(
    "The weights sum to one: values that are all 1 give 1.",
    asking: "onlineAttention of 50 scores, with values of [1]", abs((sum.first ?? 0) - 1) < 1e-5,
    found: "\(sum)")
  let (still, moved) = grader.ask("onlineAttention of 50 scores, then of the same plus 40") {
    (
      onlineAttention(scores: scores, values: scores.map { [$0] }),
      onlineAttention(scores: scores.map { $0 + 40 }, values: scores.map { [$0] })
    )
  }
  try grader.law(
    "Adding the same number to every score does not change the output.",
    asking: "onlineAttention of 50 scores, then of the same plus 40",
    moved.count == 1 && abs(moved[0] - still[0]) < 1e-3, found: "\(still), then \(moved)")
}
