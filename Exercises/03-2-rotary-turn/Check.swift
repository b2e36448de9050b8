import Foundation

@testable import func Learner.turned

/// Turns by hand, with the choices that people get wrong.
private func turn(
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
  try grader.same("turned([1, 2, 3, 4], position: 0)", turned(x, position: 0), x)
  try grader.same(
    "turned([1, 2, 3, 4], position: 2)", turned(x, position: 2), turn(x, 2), within: 1e-9,
    mistakes: [
      Mistake(
        "It turns the other way: the minus belongs to the first number of a pair.",
        turn(x, 2, sign: -1)),
      Mistake(
        "Both numbers have the minus sign: that is no rotation, it changes the length.",
        turn(x, 2, second: -1)),
      Mistake(
        "Pairs are (i, i + D/2), not neighbors (2i, 2i + 1).", turn(x, 2, neighbors: true)),
      Mistake("The exponent is −2i/D; the 2 is missing.", turn(x, 2, exponent: 1)),
      Mistake("The exponent of the base must be negative.", turn(x, 2, exponent: -2)),
      Mistake(
        "All pairs turn by the same angle: the exponent must know the pair.",
        turn(x, 2, exponent: 0)),
    ])
  let six: [Double] = [1, -2, 3, 0.5, 4, -1]
  try grader.same(
    "turned([1, -2, 3, 0.5, 4, -1], position: 3, base: 500)",
    turned(six, position: 3, base: 500), turn(six, 3, base: 500), within: 1e-9,
    mistakes: [
      Mistake("The base is the one that is given, not always 10,000.", turn(six, 3)),
      Mistake(
        "The exponent is −2i/D, D the length of this vector.", turn(six, 3, exponent: 3, base: 500)),
    ])
  let (query, key) = ([0.3, -1, 0.8, 0.1, 2, -0.4], [1, 0.5, -0.2, 0.7, -1, 0.6])
  let question = "turned at positions 5 and 3, and again 1,000 further on"
  let (near, far) = grader.ask(question) {
    (
      dot(turned(query, position: 5), turned(key, position: 3)),
      dot(turned(query, position: 1005), turned(key, position: 1003))
    )
  }
  try grader.law(
    "The product of a query and a key depends only on the offset.", asking: question,
    abs(near - far) < 1e-9, found: "\(near), then \(far)")
  let longer = grader.ask("turned of 6 numbers, position: 77") { turned(query, position: 77) }
  try grader.law(
    "A turn leaves the length of the vector as it is.", asking: "turned of 6 numbers, position: 77",
    abs(dot(longer, longer) - dot(query, query)) < 1e-9,
    found: "squared length \(dot(longer, longer)) for \(dot(query, query))")
}
