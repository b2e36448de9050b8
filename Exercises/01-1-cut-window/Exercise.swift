/// What a model with a short window reads: the end of the story, then the question.
///
/// - `budget`: the most tokens that may be given, at least 0.
/// - Returns: the last tokens of the story that fit, followed by the question.
func window(story: [Int], question: [Int], budget: Int) -> [Int] {
  // TODO: the question first of all; then as much of the story's end as fits.
  return []
}
