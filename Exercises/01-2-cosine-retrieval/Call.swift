@testable import func Learner.nearest

/// The arguments of the learner's function.
struct RetrievalCall: Decodable {
  let count: Int
  let store: [[Float]]
  let question: [Float]
}

func answer(_ call: RetrievalCall) -> [Int] {
  nearest(call.count, in: call.store, to: call.question)
}
