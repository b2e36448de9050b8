@testable import func Learner.stridedKeys

/// All queries of a text.
struct StrideCall: Decodable {
  let length: Int
  let stride: Int
}

func answer(_ call: StrideCall) -> [[Int]] {
  (0..<call.length).map { stridedKeys(query: $0, stride: call.stride) }
}
