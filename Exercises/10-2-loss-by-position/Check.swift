@testable import func Learner.lossByPosition

func check(_ grader: Grader) throws {
  try grader.same(
    "lossByPosition([8, 6, 5, 3, 4, 4, 2, 2])", lossByPosition([8, 6, 5, 3, 4, 4, 2, 2]),
    [8, 6, 4, 3],
    mistakes: [
      Mistake("Those are sums; divide each by its number of positions.", [8, 6, 8, 12]),
      Mistake(
        "The groups begin at 0: 0, 1, 2–3, 4–7; these are 0–1, 2–3, …", [7, 4, 4, 2]),
      Mistake("Position 0 is a separate group.", [6, 4, 3]),
      Mistake("These are running means over all positions so far.", [8, 7, 5.5, 4.25]),
    ])
  try grader.same(
    "lossByPosition([8, 6, 5, 3, 4, 1]): the last group is shorter",
    lossByPosition([8, 6, 5, 3, 4, 1]), [8, 6, 4, 2.5],
    mistakes: [
      Mistake("The last, shorter group is left out.", [8, 6, 4]),
      Mistake(
        "Divide by the number of positions in the last group, not by its full length.",
        [8, 6, 4, 1.25]),
    ])
  try grader.same("lossByPosition([])", lossByPosition([]), [])
  let many = lossByPosition([Float](repeating: 2, count: 1000))
  try grader.same(
    "lossByPosition of 1,000 losses of 2", many, [Float](repeating: 2, count: 11))
}
