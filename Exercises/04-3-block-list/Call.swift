@testable import func Learner.keptBlocks

/// The scores of one head, `[query][key]`. The answer has the kept blocks of each row of blocks.
struct BlocksCall: Decodable {
  let scores: [[Float]]
  let blockSize: Int
  let count: Int
}

func answer(_ call: BlocksCall) -> [[Int]] {
  keptBlocks(scores: call.scores, blockSize: call.blockSize, count: call.count)
}
