func keptBlocks(scores: [[Float]], blockSize: Int, count: Int) -> [[Int]] {
  let blocks = stride(from: 0, to: scores.count, by: blockSize).map {
    $0..<min($0 + blockSize, scores.count)
  }
  return blocks.enumerated().map { row, queries in
    let top = blocks.prefix(row).map { keys -> Float in
      let scoresOfRows = scores[queries].map { $0[keys].max() ?? -.infinity }
      return scoresOfRows.max() ?? -.infinity
    }
    let best = (0..<row).sorted { top[$0] > top[$1] }.prefix(count - 1)
    return (best + [row]).sorted()
  }
}
