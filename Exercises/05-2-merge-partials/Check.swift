import Foundation

@testable import func Learner.merged
@testable import struct Learner.Part

/// A part, from its scores and values.
private func part(_ scores: [Float], _ values: [Float]) -> Part {
  guard let top = scores.max() else { return Part(output: [0], logSumExp: -.infinity) }
  let weights = scores.map { exp($0 - top) }
  let sum = weights.reduce(0, +)
  let total = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
  return Part(output: [total / sum], logSumExp: top + log(sum))
}

func check(_ grader: Grader) throws {
  let (a, b) = (part([1, 2], [10, 20]), part([4, 0, 3], [30, 40, 50]))
  let whole = part([1, 2, 4, 0, 3], [10, 20, 30, 40, 50])
  func answer(_ a: Part, _ b: Part) -> [Float] {
    let both = merged(a, b)
    return both.output + [both.logSumExp]
  }
  let (x, y) = (exp(a.logSumExp), exp(b.logSumExp))
  let (p, q) = (a.output[0], b.output[0])
  let log = whole.logSumExp
  try grader.same(
    "merged of scores [1, 2] and [4, 0, 3]: the output, then the logSumExp", answer(a, b),
    whole.output + [log],
    mistakes: [
      Mistake(
        "That is the unweighted mean: a part with larger scores must count more.",
        [(p + q) / 2, log]),
      Mistake(
        "The parts are weighted by their logSumExp; use exp(logSumExp).",
        [(a.logSumExp * p + b.logSumExp * q) / (a.logSumExp + b.logSumExp), log]),
      Mistake("The weights are swapped.", [(y * p + x * q) / (x + y), log]),
      Mistake(
        "The outputs are added, and not divided by the sum of both weights.",
        [(x * p + y * q) / max(x, y), log]),
      Mistake(
        "The new logSumExp is the larger of the two; it must be ln of the sum.",
        whole.output + [max(a.logSumExp, b.logSumExp)]),
      Mistake(
        "Logarithms of sums do not add: ln(e^a + e^b) is not a + b.",
        whole.output + [a.logSumExp + b.logSumExp]),
    ])
  let (c, d) = (part([800], [1]), part([801], [2]))
  try grader.same(
    "merged of scores [800] and [801]", answer(c, d),
    part([800, 801], [1, 2]).output + [part([800, 801], [1, 2]).logSumExp],
    mistakes: [
      Mistake(
        "exp(800) does not fit in a Float: subtract the larger logSumExp first.", [.nan, .infinity])
    ])
  let none = part([], [])
  try grader.same(
    "merged of a part and another without keys", answer(a, none), a.output + [a.logSumExp])
  try grader.same(
    "merged of a part without keys and another", answer(none, a), a.output + [a.logSumExp])
  try grader.same(
    "merged of two parts without keys", answer(none, none), [0, -.infinity],
    mistakes: [
      Mistake(
        "−∞ − (−∞) is NaN: handle two parts without keys separately.", [.nan, .nan])
    ])
  let (e, f) = (
    Part(output: [1, 10, -4], logSumExp: 0), Part(output: [3, 20, 8], logSumExp: 0)
  )
  try grader.same(
    "merged of outputs [1, 10, -4] and [3, 20, 8] of equal weight: the output",
    merged(e, f).output, [2, 15, 2],
    mistakes: [
      Mistake("Only the first element is merged; an output has as many elements as a value.", [2]),
      Mistake(
        "Only the first element is merged; an output has as many elements as a value.", [2, 10, -4]),
    ])
  let question = "merged(a, merged(b, c)) and merged(merged(a, b), c)"
  let (left, right) = grader.ask(question) {
    (answer(a, merged(b, part([5], [7]))), answer(merged(a, b), part([5], [7])))
  }
  try grader.law(
    "The order of merging does not matter.", asking: question,
    zip(left, right).allSatisfy { abs($0 - $1) < 1e-4 }, found: "\(left), then \(right)")
}
