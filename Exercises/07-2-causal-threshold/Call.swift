@testable import func Learner.chosen

/// The scores of one layer. The answer has the indices of the chosen ones.
struct ThresholdCall: Decodable {
  let scores: [Float]
  let past: [Float]
  let capacity: Double
}

func answer(_ call: ThresholdCall) -> [Int] {
  chosen(call.scores, past: call.past, capacity: call.capacity)
}
