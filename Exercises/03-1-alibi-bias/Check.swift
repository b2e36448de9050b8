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

func check(_ grader: Grader) throws {
  try grader.same(
    "alibiBias(length: 3, head: 0, headCount: 8)", alibiBias(length: 3, head: 0, headCount: 8),
    bias(3, slope: 0.5),
    mistakes: [
      Mistake(
        "The sign of the slope is wrong: the farther a key, the lower its score must be.",
        bias(3, slope: 0.5, sign: 1)),
      Mistake("The first head's exponent is −8·1/headCount, not 0.", bias(3, slope: 1)),
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
    "alibiBias(length: 3, head: 0, headCount: 12)", alibiBias(length: 3, head: 0, headCount: 12),
    bias(3, slope: pow(2, -8.0 / 12)),
    mistakes: [
      Mistake(
        "That is integer division: −8·1/12 is −2/3, not 0.", bias(3, slope: 1))
    ])

  let steep = grader.ask("alibiBias(length: 20, head: 1, headCount: 8)") {
    alibiBias(length: 20, head: 1, headCount: 8)
  }
  try grader.law(
    "Only the distance matters: bias[query][key] is bias[query + 1][key + 1].",
    asking: "alibiBias(length: 20, head: 1, headCount: 8)",
    (0..<19).allSatisfy { q in (0...q).allSatisfy { steep[q][$0] == steep[q + 1][$0 + 1] } },
    found: "row 18 is not row 19 shifted by one")
  let slopes = (0..<8).map { -alibiBias(length: 2, head: $0, headCount: 8)[1][0] }
  try grader.same(
    "the slopes of 8 heads", slopes, (1...8).map { Float(pow(2, -Double($0))) }, within: 1e-7)
}
