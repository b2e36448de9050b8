/// The blocks of a causal, block-sparse mask that is chosen by scores.
///
/// - `scores`: `[query][key]`, one row per token; scores of later keys must not matter.
/// - `blockSize`: at least 1; the last block can be shorter.
/// - `count`: how many blocks a row of blocks keeps, at least 1.
/// - Returns: for each row of blocks the indices of the kept blocks, ascending, with its own.
func keptBlocks(scores: [[Float]], blockSize: Int, count: Int) -> [[Int]] {
  // TODO: for each row of blocks, rank the earlier blocks by their largest score.
  return []
}
