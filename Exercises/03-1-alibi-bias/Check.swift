import Foundation

@testable import func Learner.alibiBias

private func bias(_ length: Int, slope: Double, sign: Double = -1, isCausal: Bool = true)
  -> [[Float]]
{
  (0..<length).map { query in
    (0..<length).map { key in
      isCausal && key > query ? -.infinity : Float(sign * slope * Double(query - key))
    }
  }
}

/// Whether every row is the row before it, moved by one, as far as both are visible.
private func isDiagonal(_ bias: [[Float]]) -> Bool {
  (1..<bias.count).allSatisfy { row -> Bool in
    let (before, here) = (bias[row - 1].prefix(row), bias[row].dropFirst().prefix(row))
    return Array(before) == Array(here)
  }
}

/// Four slopes: 2^−x for x = start, start + step, …
private func halves(from start: Double, step: Double) -> [Float] {
  (0..<4).map { index -> Float in Float(pow(2, -(start + step * Double(index)))) }
}

func check(_ grader: Grader) throws {
  try grader.same(
    "alibiBias(length: 3, head: 0, headCount: 8)", alibiBias(length: 3, head: 0, headCount: 8),
    bias(3, slope: 0.5),
    mistakes: [
      Mistake(
        "The sign of the slope is wrong: the farther a key, the lower its score must be.",
        bias(3, slope: 0.5, sign: 1)),
      Mistake("The first head's exponent is −8·1/headCount, not 0.", bias(3, slope: 1)),
      Mistake("8 is a power of two itself: p is 8 here, not 4.", bias(3, slope: 0.25)),
      Mistake(
        "Keys after the query are not masked: their bias must be −∞.",
        bias(3, slope: 0.5, isCausal: false)),
    ])
  try grader.same(
    "alibiBias(length: 4, head: 2, headCount: 4)", alibiBias(length: 4, head: 2, headCount: 4),
    bias(4, slope: pow(2, -6)), within: 1e-7,
    mistakes: [
      Mistake(
        "The 8 is divided by the number of heads: 2^(−8·(head + 1)/headCount).",
        bias(4, slope: pow(2, -3)))
    ])
  try grader.same(
    "alibiBias(length: 3, head: 0, headCount: 2)", alibiBias(length: 3, head: 0, headCount: 2),
    bias(3, slope: pow(2, -4)))
  try grader.same(
    "alibiBias(length: 3, head: 2, headCount: 16)", alibiBias(length: 3, head: 2, headCount: 16),
    bias(3, slope: pow(2, -1.5)),
    mistakes: [
      Mistake("That is integer division: −8·3/16 is −1.5, not −1.", bias(3, slope: 0.5))
    ])
  try grader.same(
    "alibiBias(length: 3, head: 0, headCount: 12)", alibiBias(length: 3, head: 0, headCount: 12),
    bias(3, slope: 0.5),
    mistakes: [
      Mistake(
        "12 is not a power of two: the first 8 heads have the slopes of 8 heads.",
        bias(3, slope: pow(2, -8.0 / 12)))
    ])
  // As in the authors' program: 8 slopes of 8 heads, then 4 of 16.
  let eight = (1...8).map { number -> Float in Float(pow(2, -Double(number))) }
  let twelve = eight + halves(from: 0.5, step: 1)
  let slopesOfTwelve = grader.ask("the slopes of 12 heads") {
    (0..<12).map { alibiBias(length: 2, head: $0, headCount: 12)[1][0] }.map(-)
  }
  try grader.same(
    "the slopes of 12 heads", slopesOfTwelve, twelve, within: 1e-7,
    mistakes: [
      Mistake(
        "The slopes after the first 8 are every second one of 16 heads: heads 0, 2, 4 and 6.",
        eight + halves(from: 0.5, step: 0.5))
    ])

  let steep = grader.ask("alibiBias(length: 20, head: 1, headCount: 8)") {
    alibiBias(length: 20, head: 1, headCount: 8)
  }
  try grader.law(
    "Only the distance matters: bias[query][key] is bias[query + 1][key + 1].",
    asking: "alibiBias(length: 20, head: 1, headCount: 8)",
    isDiagonal(steep),
    found: "row 18 is not row 19 shifted by one")
  let slopes = (0..<8).map { -alibiBias(length: 2, head: $0, headCount: 8)[1][0] }
  try grader.same("the slopes of 8 heads", slopes, eight, within: 1e-7)
}
