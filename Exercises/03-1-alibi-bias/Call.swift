@testable import func Learner.alibiBias

/// The arguments of the learner's function.
struct BiasCall: Decodable {
  let length: Int
  let head: Int
  let headCount: Int
}

func answer(_ call: BiasCall) -> [[Float]] {
  alibiBias(length: call.length, head: call.head, headCount: call.headCount)
}
