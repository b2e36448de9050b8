import Foundation

@testable import enum Learner.PairLayout
@testable import func Learner.moved
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

/// A vector with its pairs in the other layout.
private func neighbors(fromHalves x: [Double]) -> [Double] {
  (0..<x.count / 2).flatMap { [x[$0], x[$0 + x.count / 2]] }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

func check(_ grader: Grader) throws {
  let x: [Double] = [1, 2, 3, 4]
  try grader.same("rotated([1, 2, 3, 4], position: 0)", rotated(x, position: 0), x)
  let (near, far) = (rotate(x, 2)[0], rotate(x, 2)[2])
  try grader.same(
    "rotated([1, 2, 3, 4], position: 2)", rotated(x, position: 2), rotate(x, 2), within: 1e-9,
    mistakes: [
      Mistake(
        "It rotates the other way: (1, 0) must become (cos φ, sin φ).", rotate(x, 2, sign: -1)),
      Mistake(
        "Both elements have the minus sign: that is not a rotation, the norm changes.",
        rotate(x, 2, second: -1)),
      Mistake(
        "No element has a minus sign: that is not a rotation, the norm changes.",
        rotate(x, 2, sign: -1, second: -1)),
      Mistake(
        "The pairs of `halves` are i and i + D/2, not neighbors.", rotate(x, 2, neighbors: true)),
      Mistake("The exponent is −2i/D; the 2 is missing.", rotate(x, 2, exponent: 1)),
      Mistake("The exponent of the base must be negative.", rotate(x, 2, exponent: -2)),
      Mistake(
        "All pairs rotate by the same angle: the exponent must depend on the pair.",
        rotate(x, 2, exponent: 0)),
      Mistake(
        "The second element was computed from the first after its rotation.",
        [
          near, rotate(x, 2)[1], far + (near - 1) * sin(2),
          rotate(x, 2)[3] + (rotate(x, 2)[1] - 2) * sin(0.02),
        ]),
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
  try grader.same(
    "rotated([1, -2, 3, 0.5, 4, -1], position: 3, layout: .neighbors)",
    rotated(six, position: 3, layout: .neighbors), rotate(six, 3, neighbors: true), within: 1e-9,
    mistakes: [
      Mistake("The layout is an argument: pair i of `neighbors` is 2i and 2i + 1.", rotate(six, 3)),
      Mistake(
        "The angle belongs to the pair i, not to the index of its first element.",
        rotate(six, 3, neighbors: true, exponent: 4)),
    ])

  let (query, key) = ([0.3, -1, 0.8, 0.1, 2, -0.4], [1, 0.5, -0.2, 0.7, -1, 0.6])
  for (layout, name) in [(PairLayout.halves, ".halves"), (.neighbors, ".neighbors")] {
    func score(_ queryPosition: Int, _ keyPosition: Int) -> Double {
      dot(
        rotated(query, position: queryPosition, layout: layout),
        rotated(key, position: keyPosition, layout: layout))
    }
    let question = "rotated at positions 5 and 3, and 1,000 tokens later, layout: \(name)"
    let (near, far) = grader.ask(question) { (score(5, 3), score(1005, 1003)) }
    try grader.law(
      "The score of a query and a key depends only on their distance.", asking: question,
      abs(near - far) < 1e-9, found: "\(near), then \(far)")
  }
  let question = "rotated of one vector in `halves`, and of its pairs in `neighbors`"
  let (halves, pairs) = grader.ask(question) {
    (
      rotated(query, position: 77),
      rotated(neighbors(fromHalves: query), position: 77, layout: .neighbors)
    )
  }
  try grader.law(
    "The layouts differ only in the order of the elements.", asking: question,
    zip(neighbors(fromHalves: halves), pairs).allSatisfy { abs($0 - $1) < 1e-9 },
    found: "\(neighbors(fromHalves: halves)) and \(pairs)")
  try checkMoves(grader, key: key, query: query)
}

private func checkMoves(_ grader: Grader, key: [Double], query: [Double]) throws {
  let cached = rotate(key, 7)
  try grader.same(
    "moved(a key of position 7, from: 7, to: 5)", moved(cached, from: 7, to: 5), rotate(key, 5),
    within: 1e-9,
    mistakes: [
      Mistake(
        "The key is rotated already: rotate it only by the difference of the positions.",
        rotate(key, 12)),
      Mistake("It moves the other way: rotate by newPosition − oldPosition.", rotate(key, 9)),
      Mistake("The key has not moved.", cached),
      Mistake("That is the key before its rotation; rotate it for the new position too.", key),
    ])
  let six: [Double] = [1, -2, 3, 0.5, 4, -1]
  try grader.same(
    "moved(a key of position 9, from: 9, to: 0, layout: .neighbors, base: 500)",
    moved(
      rotate(six, 9, neighbors: true, base: 500), from: 9, to: 0, layout: .neighbors, base: 500),
    six, within: 1e-9,
    mistakes: [
      Mistake(
        "The layout must be passed on.",
        rotate(rotate(six, 9, neighbors: true, base: 500), -9, base: 500)),
      Mistake(
        "The base must be passed on.",
        rotate(rotate(six, 9, neighbors: true, base: 500), -9, neighbors: true)),
      Mistake(
        "Layout and base must be passed on.",
        rotate(rotate(six, 9, neighbors: true, base: 500), -9)),
    ])
  let question = "a cache whose first 300 tokens are dropped: tokens 300 to 309 move to 0 to 9"
  let (before, after) = grader.ask(question) { () -> ([Double], [Double]) in
    let cache = (300..<310).map { rotate(key.map { $0 + 0.1 }, $0) }
    let kept = cache.enumerated().map { moved($1, from: $0 + 300, to: $0) }
    return (
      cache.map { dot($0, rotate(query, 310)) }, kept.map { dot($0, rotate(query, 10)) }
    )
  }
  try grader.same(question + "; the scores of the next query", after, before, within: 1e-9)
}
