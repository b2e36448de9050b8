@testable import func Learner.sharedScores

/// One token's queries, `[query head][element]`, and the keys, `[key head][token][element]`.
struct ScoresCall: Decodable {
  let queries: [[Float]]
  let keys: [[[Float]]]
}

func answer(_ call: ScoresCall) -> [[Float]] {
  sharedScores(queries: call.queries, keys: call.keys)
}
