func truncatedPrompt(story: [Int], question: [Int], budget: Int) -> [Int] {
  let kept = Array(question.suffix(budget))
  let room = budget - kept.count
  return Array(story.suffix(room)) + kept
}
