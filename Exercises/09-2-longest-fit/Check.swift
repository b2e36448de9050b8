@testable import func Learner.longestFit

func check(_ grader: Grader) throws {
  try grader.same(
    "longestFit(memoryBytes: 100, bytes: { 10 * $0 })",
    longestFit(memoryBytes: 100) { 10 * $0 }, 10,
    mistakes: [
      Mistake("A length that takes exactly memoryBytes fits: use <=, not <.", 9),
      Mistake("That is the first length that does not fit.", 11),
      Mistake("That is the largest power of two that fits; longer lengths fit too.", 8),
    ])
  try grader.same(
    "longestFit(memoryBytes: 3, bytes: { 10 * $0 }): not even one",
    longestFit(memoryBytes: 3) { 10 * $0 }, 0,
    mistakes: [Mistake("One token takes 10 bytes, and there are 3.", 1)])
  try grader.same(
    "longestFit(memoryBytes: 5000, bytes: { 2 * $0 * $0 + 3 })",
    longestFit(memoryBytes: 5000) { 2 * $0 * $0 + 3 }, 49)
  var calls = 0
  let found = grader.ask("longestFit of 80 GB at 131,072 bytes per token, calls counted") {
    longestFit(memoryBytes: 80_000_000_000) {
      calls += 1
      return 131_072 * $0
    }
  }
  try grader.law(
    "At most 60 calls are needed.",
    asking: "longestFit of 80 GB at 131,072 bytes per token, calls counted", calls <= 60,
    found: "\(calls) calls",
    meaning: "Trying one length after the other takes too many calls: use binary search.")
  try grader.same("the number of tokens for these 80 GB", found, 610_351)
}
