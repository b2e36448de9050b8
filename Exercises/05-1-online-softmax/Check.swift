import Foundation

@testable import struct Learner.OnlineAttention

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

/// The learner's attention to a stream, in one pass.
private func attention(_ scores: [Float], _ values: [[Float]]) -> OnlineAttention {
  var attention = OnlineAttention()
  for (score, value) in zip(scores, values) { attention.add(score: score, value: value) }
  return attention
}

func check(_ grader: Grader) throws {
  try grader.same(
    "output after the scores 0, 0 with the values [1, 0], [0, 1]",
    attention([0, 0], [[1, 0], [0, 1]]).output, [0.5, 0.5],
    mistakes: [
      Mistake("The output is not divided by the sum of the weights.", [1, 1]),
      Mistake("Only the last value counts: add to `weighted`, do not replace it.", [0, 0.5]),
      Mistake("Only the last value counts: add to both sums, do not replace them.", [0, 1]),
    ])

  let (rising, rows): ([Float], [[Float]]) = ([1, 3, 2], [[1, 0, 2], [0, 1, 4], [1, 1, -2]])
  func wrong(_ sum: Bool, _ output: Bool, _ divides: Bool = true) -> [Float] {
    partlyRescaled(rising, rows, rescalesSum: sum, rescalesOutput: output, divides: divides)
  }
  let weights = rising.map { exp($0 - 3) }
  try grader.same(
    "output after the scores 1, 3, 2 with the values [1, 0, 2], [0, 1, 4], [1, 1, -2]",
    attention(rising, rows).output, reference(rising, rows),
    mistakes: [
      Mistake(
        "The sum of the weights was not rescaled when a larger score came.", wrong(false, true)),
      Mistake(
        "The weighted sum was not rescaled when a larger score came.", wrong(true, false)),
      Mistake(
        "Neither sum was rescaled when a larger score came.", wrong(false, false)),
      Mistake("The output is not divided by the sum of the weights.", wrong(true, true, false)),
      Mistake(
        "The sums were rescaled by exp(new − old); it is exp(old − new), which is at most 1.",
        inverted(rising, rows)),
    ])
  let large: [Float] = [900, 1000, 999]
  try grader.same(
    "output after the scores 900, 1000, 999 with the values [1], [2], [3]",
    attention(large, [[1], [2], [3]]).output, reference(large, [[1], [2], [3]]),
    mistakes: [
      Mistake(
        "exp(900) does not fit in a Float: subtract the largest score before exp.", [.nan])
    ])

  let kept = grader.ask("maximum and sum after the scores 1, 3, 2") { attention(rising, rows) }
  try grader.same(
    "[maximum, sum] after the scores 1, 3, 2", [kept.maximum, kept.sum],
    [3, weights.reduce(0, +)],
    mistakes: [
      Mistake("`maximum` was not updated.", [-.infinity, weights.reduce(0, +)]),
      Mistake("`maximum` is the last score; keep the largest.", [2, kept.sum]),
    ])
  let names = Mirror(reflecting: kept).children.map { $0.label ?? "?" }
  try grader.law(
    "It keeps three properties and nothing else: maximum, sum, weighted.",
    asking: "the properties of OnlineAttention", names == ["maximum", "sum", "weighted"],
    found: names.joined(separator: ", "),
    meaning: "A stream can be longer than the memory: the scores and values themselves must not be "
      + "kept.")
  try grader.law(
    "`weighted` has as many elements as a value.", asking: "weighted after three values of 3",
    kept.weighted.count == 3, found: "\(kept.weighted.count) elements",
    meaning: "A stream can be longer than the memory: the values themselves must not be kept.")

  let scores = (0..<50).map { Float(sin(Double($0) * 1.7) * 6) }
  let values = scores.map { [$0, 1] }
  let question = "output after each of 50 scores, with values of [score, 1]"
  var stream = OnlineAttention()
  for index in scores.indices {
    let output = grader.ask(question) {
      stream.add(score: scores[index], value: values[index])
      return stream.output
    }
    try grader.same(
      question, output,
      reference(Array(scores.prefix(index + 1)), Array(values.prefix(index + 1))), within: 1e-4)
  }
  let moved = grader.ask("output after 50 scores, then of the same plus 40") {
    attention(scores.map { $0 + 40 }, values).output
  }
  try grader.law(
    "Adding the same number to every score does not change the output.",
    asking: "output after 50 scores, then of the same plus 40",
    moved.count == 2 && abs(moved[0] - stream.output[0]) < 1e-3,
    found: "\(stream.output), then \(moved)")
}

/// The result if both sums are rescaled by the inverse factor; the first time it is not used.
private func inverted(_ scores: [Float], _ values: [[Float]]) -> [Float] {
  var (top, sum) = (scores[0], Float(1))
  var output = values[0]
  for (score, value) in zip(scores, values).dropFirst() {
    let larger = max(top, score)
    let (factor, weight) = (exp(larger - top), exp(score - larger))
    sum = sum * factor + weight
    for index in output.indices { output[index] = output[index] * factor + weight * value[index] }
    top = larger
  }
  return output.map { $0 / sum }
}
