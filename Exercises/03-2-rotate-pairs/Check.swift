import Foundation

@testable import func Learner.rotated

/// The answer, or that of a common mistake.
private func rotate(
  _ x: [Double], _ position: Int, sign: Double = 1, second: Double = 1, neighbors: Bool = false,
  exponent: Double = 2, base: Double = 10_000
) -> [Double] {
  var result = x
  let half = x.count / 2
  for i in 0..<half {
    let angle = Double(position) * pow(base, -exponent * Double(i) / Double(x.count))
    let (p, q) = neighbors ? (2 * i, 2 * i + 1) : (i, i + half)
    result[p] = x[p] * cos(angle) - sign * x[q] * sin(angle)
    result[q] = sign * second * x[p] * sin(angle) + x[q] * cos(angle)
  }
  return result
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

func check(_ grader: Grader) throws {
  let x: [Double] = [1, 2, 3, 4]
  try grader.same("rotated([1, 2, 3, 4], position: 0)", rotated(x, position: 0), x)
  try grader.same(
    "rotated([1, 2, 3, 4], position: 2)", rotated(x, position: 2), rotate(x, 2), within: 1e-9,
    mistakes: [
      Mistake(
        "It rotates the other way: the minus belongs to the first element of a pair.",
        rotate(x, 2, sign: -1)),
      Mistake(
        "Both elements have the minus sign: that is not a rotation, the norm changes.",
        rotate(x, 2, second: -1)),
      Mistake(
        "Pairs are (i, i + D/2), not neighbors (2i, 2i + 1).", rotate(x, 2, neighbors: true)),
      Mistake("The exponent is −2i/D; the 2 is missing.", rotate(x, 2, exponent: 1)),
      Mistake("The exponent of the base must be negative.", rotate(x, 2, exponent: -2)),
      Mistake(
        "All pairs rotate by the same angle: the exponent must depend on the pair.",
        rotate(x, 2, exponent: 0)),
    ])
  let six: [Double] = [1, -2, 3, 0.5, 4, -1]
  try grader.same(
    "rotated([1, -2, 3, 0.5, 4, -1], position: 3, base: 500)",
    rotated(six, position: 3, base: 500), rotate(six, 3, base: 500), within: 1e-9,
    mistakes: [
      Mistake("The base is the argument, not always 10,000.", rotate(six, 3)),
      Mistake(
        "The exponent is −2i/D, D the length of this vector.",
        rotate(six, 3, exponent: 3, base: 500)),
    ])
  let (query, key) = ([0.3, -1, 0.8, 0.1, 2, -0.4], [1, 0.5, -0.2, 0.7, -1, 0.6])
  let question = "rotated at positions 5 and 3, and again 1,000 tokens later"
  let (near, far) = grader.ask(question) {
    (
      dot(rotated(query, position: 5), rotated(key, position: 3)),
      dot(rotated(query, position: 1005), rotated(key, position: 1003))
    )
  }
  try grader.law(
    "The dot product of a query and a key depends only on the offset.", asking: question,
    abs(near - far) < 1e-9, found: "\(near), then \(far)")
  let moved = grader.ask("rotated of 6 elements, position: 77") { rotated(query, position: 77) }
  try grader.law(
    "A rotation does not change the norm of the vector.",
    asking: "rotated of 6 elements, position: 77",
    abs(dot(moved, moved) - dot(query, query)) < 1e-9,
    found: "squared norm \(dot(moved, moved)) instead of \(dot(query, query))")
}
