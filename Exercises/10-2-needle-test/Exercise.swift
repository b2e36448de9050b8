/// A fact, the question for it, and the one right answer.
struct Needle {
  var tokens: [Int]
  var question: [Int]
  var answer: Int
}

/// The share of right answers for each length and each depth.
///
/// - `haystack`: tokens without any needle, at least as many as the largest length.
/// - `depths`: from 0, the needle is first, to 1, it is just before the question.
/// - `model`: the model's answer to a prompt, which must have exactly `length` tokens.
/// - Returns: `[length][depth]`, from 0 to 1.
func needleAccuracy(
  haystack: [Int], needles: [Needle], lengths: [Int], depths: [Double], model: ([Int]) -> Int
) -> [[Double]] {
  // TODO: for each length, depth and needle, make the prompt, ask, and count the right answers.
  return []
}
