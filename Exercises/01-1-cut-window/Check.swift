@testable import func Learner.window

func check(_ grader: Grader) throws {
  let (story, question) = ([1, 2, 3, 4, 5, 6], [91, 92])
  try grader.same(
    "window(story: [1, 2, 3, 4, 5, 6], question: [91, 92], budget: 5)",
    window(story: story, question: question, budget: 5), [4, 5, 6, 91, 92],
    mistakes: [
      Mistake("The beginning of the story was kept; keep its end.", [1, 2, 3, 91, 92]),
      Mistake(
        "The question was cut: story and question were joined and cut at the end.", [1, 2, 3, 4, 5]),
      Mistake(
        "The question counts too: 5 tokens in all, not 5 of the story.", [2, 3, 4, 5, 6, 91, 92]),
      Mistake("The question is missing.", [2, 3, 4, 5, 6]),
      Mistake("The question belongs behind the story.", [91, 92, 4, 5, 6]),
    ])
  try grader.same(
    "window(story: [1, 2, 3, 4, 5, 6], question: [91, 92], budget: 100)",
    window(story: story, question: question, budget: 100), story + question)
  try grader.same(
    "window(story: [1, 2, 3, 4, 5, 6], question: [91, 92], budget: 2)",
    window(story: story, question: question, budget: 2), question)
  try grader.same(
    "window(story: [1], question: [91, 92, 93], budget: 2)",
    window(story: [1], question: [91, 92, 93], budget: 2), [92, 93],
    mistakes: [
      Mistake("Too long: a question longer than the budget keeps its own end.", [91, 92, 93]),
      Mistake("A question longer than the budget keeps its end, not its beginning.", [91, 92]),
    ])
  for budget in 1...9 {
    let asked = "window of 6 and 2 tokens, budget: \(budget)"
    let found = grader.ask(asked) { window(story: story, question: question, budget: budget) }
    try grader.law(
      "Never more than the budget, and never less than there is.", asking: asked,
      found.count == min(budget, 8), found: "\(found.count) tokens")
  }
}
