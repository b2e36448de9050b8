func repeatedHeads(_ keys: [[Float]], queryHeadCount: Int) -> [[Float]] {
  let group = queryHeadCount / keys.count
  return (0..<queryHeadCount).map { keys[$0 / group] }
}
