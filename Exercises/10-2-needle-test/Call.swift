@testable import struct Learner.Needle
@testable import func Learner.needleAccuracy

/// A needle test, and the model's answers to the prompts that it has seen so far.
struct NeedleCall: Decodable {
  let haystack: [Int]
  let needles: [NeedleTokens]
  let lengths: [Int]
  let depths: [Double]
  let prompts: [[Int]]
  let answers: [Int]
}

struct NeedleTokens: Decodable {
  let tokens: [Int]
  let question: [Int]
  let answer: Int
}

/// The shares of right answers, and the prompts that the model has not answered yet.
struct NeedleAnswer: Encodable {
  var accuracy: [[Double]]
  var asked: [[Int]]
}

func answer(_ call: NeedleCall) -> NeedleAnswer {
  let known = Dictionary(zip(call.prompts, call.answers)) { first, _ in first }
  var asked: [[Int]] = []
  let accuracy = needleAccuracy(
    haystack: call.haystack,
    needles: call.needles.map {
      Needle(tokens: $0.tokens, question: $0.question, answer: $0.answer)
    }, lengths: call.lengths, depths: call.depths
  ) { prompt in
    if let answer = known[prompt] { return answer }
    asked.append(prompt)
    return -1
  }
  return NeedleAnswer(accuracy: accuracy, asked: asked)
}
