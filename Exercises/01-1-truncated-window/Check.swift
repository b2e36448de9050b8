@testable import func Learner.truncatedPrompt

func check(_ grader: Grader) throws {
  let (story, question) = ([1, 2, 3, 4, 5, 6], [91, 92])
  try grader.same(
    "truncatedPrompt(story: [1, 2, 3, 4, 5, 6], question: [91, 92], budget: 5)",
    truncatedPrompt(story: story, question: question, budget: 5), [4, 5, 6, 91, 92],
    mistakes: [
      Mistake("The beginning of the story was kept; keep its end.", [1, 2, 3, 91, 92]),
      Mistake(
        "The question was truncated: story and question were joined and truncated at the end.",
        [1, 2, 3, 4, 5]),
      Mistake(
        "The question counts too: 5 tokens in total, not 5 of the story.", [2, 3, 4, 5, 6, 91, 92]),
      Mistake("The question is missing.", [2, 3, 4, 5, 6]),
      Mistake("The question must come after the story.", [91, 92, 4, 5, 6]),
    ])
  try grader.same(
    "truncatedPrompt(story: [1, 2, 3, 4, 5, 6], question: [91, 92], budget: 100)",
    truncatedPrompt(story: story, question: question, budget: 100), story + question)
  try grader.same(
    "truncatedPrompt(story: [1, 2, 3, 4, 5, 6], question: [91, 92], budget: 2)",
    truncatedPrompt(story: story, question: question, budget: 2), question)
  try grader.same(
    "truncatedPrompt(story: [1], question: [91, 92, 93], budget: 2)",
    truncatedPrompt(story: [1], question: [91, 92, 93], budget: 2), [92, 93],
    mistakes: [
      Mistake("Too long: a question longer than the budget keeps its own end.", [91, 92, 93]),
      Mistake("A question longer than the budget keeps its end, not its beginning.", [91, 92]),
    ])
  for budget in 1...9 {
    let asked = "truncatedPrompt of 6 and 2 tokens, budget: \(budget)"
    let found = grader.ask(asked) {
      truncatedPrompt(story: story, question: question, budget: budget)
    }
    try grader.law(
      "The prompt has as many tokens as the budget, or all tokens if there are fewer.",
      asking: asked,
      found.count == min(budget, 8), found: "\(found.count) tokens")
  }
}
