@testable import func Learner.stridedKeys

private func keys(_ query: Int, _ sees: (Int) -> Bool) -> [Int] { (0...query).filter(sees) }

func check(_ grader: Grader) throws {
  try grader.same(
    "stridedKeys(query: 13, stride: 4)", stridedKeys(query: 13, stride: 4),
    [1, 5, 9, 10, 11, 12, 13],
    mistakes: [
      Mistake(
        "Every stride-th token is counted from the start of the text; count back from the query.",
        keys(13) { 13 - $0 <= 4 || $0 % 4 == 0 }),
      Mistake(
        "Off by one in the near part: the query and the 4 tokens before it.",
        keys(13) { 13 - $0 <= 5 || (13 - $0) % 4 == 0 }),
      Mistake("The far part is missing: every stride-th token too.", keys(13) { 13 - $0 <= 4 }),
      Mistake("The near part is missing.", keys(13) { (13 - $0) % 4 == 0 }),
      Mistake("The query must see itself.", [1, 5, 9, 10, 11, 12]),
      Mistake("The keys must be in ascending order.", [13, 12, 11, 10, 9, 5, 1]),
      Mistake(
        "A key occurs twice, since both parts contain it.", [1, 5, 9, 9, 10, 11, 12, 13, 13]),
    ])
  try grader.same("stridedKeys(query: 0, stride: 4)", stridedKeys(query: 0, stride: 4), [0])
  try grader.same(
    "stridedKeys(query: 2, stride: 1)", stridedKeys(query: 2, stride: 1), [0, 1, 2],
    mistakes: [Mistake("Token 0 is missing: its distance is a multiple of the stride.", [1, 2])])
  try grader.same(
    "stridedKeys(query: 12, stride: 6)", stridedKeys(query: 12, stride: 6),
    [0, 6, 7, 8, 9, 10, 11, 12],
    mistakes: [
      Mistake(
        "Token 0 is missing: its distance is a multiple of the stride.", [6, 7, 8, 9, 10, 11, 12])
    ])
  let (first, second) = grader.ask("stridedKeys at 99 and at 100, stride: 10") {
    (stridedKeys(query: 99, stride: 10), stridedKeys(query: 100, stride: 10))
  }
  try grader.law(
    "The mask moves with the query: the distances visible at 99 are visible at 100.",
    asking: "stridedKeys at 99 and at 100, stride: 10",
    Set(first.map { 99 - $0 }).isSubset(of: second.map { 100 - $0 }),
    found: "\(first), then \(second)")
}
