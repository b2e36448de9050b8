@testable import func Learner.windowMask

private func mask(_ length: Int, _ sees: (Int, Int) -> Bool) -> [[Bool]] {
  (0..<length).map { query in (0..<length).map { sees(query, $0) } }
}

func check(_ grader: Grader) throws {
  try grader.same(
    "windowMask(length: 4, window: 2)", windowMask(length: 4, window: 2),
    mask(4) { $1 <= $0 && $0 - $1 < 2 },
    mistakes: [
      Mistake(
        "Off by one: a window of 2 is the token itself and one before it.",
        mask(4) { $1 <= $0 && $0 - $1 <= 2 }),
      Mistake(
        "Off by one: the token itself belongs to its window.", mask(4) { $1 < $0 && $0 - $1 <= 2 }),
      Mistake("The query must see itself too.", mask(4) { $1 < $0 && $0 - $1 < 2 }),
      Mistake("Keys after the query are not masked.", mask(4) { abs($0 - $1) < 2 }),
      Mistake(
        "The window looks ahead: rows are queries, columns are keys.",
        mask(4) { $1 >= $0 && $1 - $0 < 2 }),
      Mistake(
        "It is inverted: true must mean that the query sees the key.",
        mask(4) { !($1 <= $0 && $0 - $1 < 2) }),
    ])
  try grader.same(
    "windowMask(length: 3, window: 10)", windowMask(length: 3, window: 10), mask(3) { $1 <= $0 })

  let long = grader.ask("windowMask(length: 40, window: 7)") {
    windowMask(length: 40, window: 7)
  }
  let after = (0..<40).first { query in (0..<40).contains { $0 > query && long[query][$0] } }
  try grader.law(
    "Causal: no query sees a key after it.", asking: "windowMask(length: 40, window: 7)",
    after == nil, found: "query \(after ?? 0) does")
  let counts = long.map { row in row.filter { $0 }.count }
  try grader.same(
    "the number of keys that each query of windowMask(length: 40, window: 7) sees", counts,
    (0..<40).map { min(7, $0 + 1) })
}
