@testable import func Learner.rotated

/// Queries or keys, each with its position.
struct RotationCall: Decodable {
  let vectors: [[Double]]
  let positions: [Int]
}

func answer(_ call: RotationCall) -> [[Double]] {
  zip(call.vectors, call.positions).map { rotated($0, position: $1) }
}
