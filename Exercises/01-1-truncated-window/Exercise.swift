/// The prompt of a model with a short window: the end of the story, then the question.
///
/// - `budget`: the largest number of tokens in the prompt, at least 0.
/// - Returns: the last tokens of the story that fit, followed by the question.
func truncatedPrompt(story: [Int], question: [Int], budget: Int) -> [Int] {
  // TODO: keep the question; then as many of the story's last tokens as fit.
  return []
}
