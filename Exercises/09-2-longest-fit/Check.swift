@testable import func Learner.longestFit

func check(_ grader: Grader) throws {
  try grader.same(
    "longestFit(memoryBytes: 100, bytes: { 10 * $0 })",
    longestFit(memoryBytes: 100) { 10 * $0 }, 10,
    mistakes: [
      Mistake("What takes exactly memoryBytes fits: at most, not less than.", 9),
      Mistake("That is the first length that does not fit.", 11),
      Mistake("That is the last power of two that fits; the border lies beyond it.", 8),
    ])
  try grader.same(
    "longestFit(memoryBytes: 3, bytes: { 10 * $0 }): not even one",
    longestFit(memoryBytes: 3) { 10 * $0 }, 0,
    mistakes: [Mistake("One token takes 10 bytes, and there are 3.", 1)])
  try grader.same(
    "longestFit(memoryBytes: 5000, bytes: { 2 * $0 * $0 + 3 })",
    longestFit(memoryBytes: 5000) { 2 * $0 * $0 + 3 }, 49)
  var questions = 0
  let found = grader.ask("longestFit of 80 GB at 131,072 bytes a token, questions counted") {
    longestFit(memoryBytes: 80_000_000_000) {
      questions += 1
      return 131_072 * $0
    }
  }
  try grader.law(
    "The border is found with few questions: at most 60.",
    asking: "longestFit of 80 GB at 131,072 bytes a token, questions counted", questions <= 60,
    found: "\(questions) questions", meaning: "One length after the other takes too long: halve.")
  try grader.same("how many tokens those are", found, 610_351)
}
