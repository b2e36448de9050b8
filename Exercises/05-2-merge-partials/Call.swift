@testable import func Learner.merged
@testable import struct Learner.Part

/// Attention of one query over a part of the keys.
struct Partial: Codable {
  let output: [Float]
  let logSumExp: Float
}

/// Two parts for each query.
struct PartialPairs: Decodable {
  let first: [Partial]
  let second: [Partial]
}

func answer(_ pairs: PartialPairs) -> [Partial] {
  func part(_ partial: Partial) -> Part {
    Part(output: partial.output, logSumExp: partial.logSumExp)
  }
  return zip(pairs.first, pairs.second).map { first, second in
    let both = merged(part(first), part(second))
    return Partial(output: both.output, logSumExp: both.logSumExp)
  }
}
