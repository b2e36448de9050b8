@testable import func Learner.chosen

func check(_ grader: Grader) throws {
  let past: [Float] = [3, 8, 1, 6, 2, 7, 5, 4]
  let scores: [Float] = [9, 1, 7, 6, 2, 7.5, 8, 3]
  let asked = "chosen([9, 1, 7, 6, 2, 7.5, 8, 3], past: [3, 8, 1, 6, 2, 7, 5, 4], capacity: 0.25)"
  try grader.same(
    asked, chosen(scores, past: past, capacity: 0.25), [0, 2, 5, 6],
    mistakes: [
      Mistake(
        "That is top-k of the text itself: it looks ahead. Take the threshold from the past.",
        [0, 6]),
      Mistake(
        "The k-th highest score is at index k − 1: the threshold is one too low.", [0, 2, 3, 5, 6]),
      Mistake(
        "The threshold is at the wrong end: capacity is the fraction that passes.",
        [0, 2, 3, 5, 6, 7]),
      Mistake("A score equal to the threshold passes: use at least, not more than.", [0, 5, 6]),
      Mistake("Those are the tokens that must not pass.", [1, 3, 4, 7]),
      Mistake("Scores below the threshold pass.", [1, 4]),
    ])
  try grader.same(
    "chosen([1, 6], past: [5], capacity: 0.1): at least one past score passes",
    chosen([1, 6], past: [5], capacity: 0.1), [1])
  let text = (0..<200).map { Float(($0 * 37) % 101) }
  let past2 = (0..<500).map { Float(($0 * 53) % 101) }
  let question = "chosen of 200 scores, and of the first 60 of them"
  let (whole, start) = grader.ask(question) {
    (
      chosen(text, past: past2, capacity: 0.125),
      chosen(Array(text.prefix(60)), past: past2, capacity: 0.125)
    )
  }
  try grader.law(
    "Later tokens do not matter: the first 60 tokens give the same choice alone and as a part of the "
      + "whole text.", asking: question, whole.filter { $0 < 60 } == start,
    found: "\(whole.filter { $0 < 60 }), then \(start)")
  let share = Double(whole.count) / 200
  try grader.law(
    "About the requested fraction passes: 0.125.", asking: question,
    share > 0.08 && share < 0.18, found: "\(share)")
}
