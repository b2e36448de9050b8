import SmallTransformer
import TensorCore

/// Whole blocks: the query's own block and those just before it, the first blocks of the text, and
/// some blocks drawn at random from the others (Zaheer et al., 2020: BigBird is window + global +
/// random).
///
/// The drawn blocks depend only on the seed and the row of blocks. So a longer text adds rows and
/// changes no row.
package struct RandomBlocks: SparsePattern {
  let blockSize: Int
  /// Blocks drawn at random for each row.
  let randomCount: Int
  /// Blocks in the window: the query's own block and those just before it.
  let windowCount: Int
  /// Blocks at the start of the text that every row keeps.
  let globalCount: Int
  let seed: UInt64

  /// - Precondition: the block size and the window are positive, the other counts not negative.
  package init(
    _ randomCount: Int, blockSize: Int = 64, window: Int = 3, global: Int = 1, seed: UInt64
  ) {
    precondition(
      blockSize > 0 && window > 0,
      "random blocks: blocks of \(blockSize) tokens, window of \(window) blocks; use at least 1")
    precondition(
      randomCount >= 0 && global >= 0,
      "random blocks: \(randomCount) random and \(global) global blocks; neither may be negative")
    self.randomCount = randomCount
    self.blockSize = blockSize
    windowCount = window
    globalCount = global
    self.seed = seed
  }

  package var name: String { "random blocks, \(randomCount) per row" }
  package var identity: String {
    "blocks of \(blockSize): window \(windowCount), global \(globalCount), random \(randomCount) "
      + "by \(seed)"
  }

  /// The kept blocks of a row, ascending.
  func blocks(row: Int) -> [Int] {
    let fixed = Set(0..<min(globalCount, row + 1)).union(max(0, row + 1 - windowCount)...row)
    let others = (0...row).filter { !fixed.contains($0) }
    var generator = SeededGenerator(seed: seed, stream: "random blocks, row \(row)")
    let drawn = generator.permutation(others.count).prefix(randomCount).map { others[$0] }
    return fixed.union(drawn).sorted()
  }

  package func keys(of query: Int) -> [Range<Int>] {
    keys(of: query, in: blocks(row: query / blockSize))
  }

  private func keys(of query: Int, in blocks: [Int]) -> [Range<Int>] {
    joinedRanges(
      blocks.map { $0 * blockSize..<min(($0 + 1) * blockSize, query + 1) })
  }

  /// Draws the blocks of each row once, for all of its queries.
  package func blocks(length: Int) -> BlockList? {
    let rows = (0...(length - 1) / blockSize).map { blocks(row: $0) }
    return BlockList(length: length, blockSize: listBlockSize) {
      keys(of: $0, in: rows[$0 / blockSize])
    }
  }

  /// The block size of the list: the pattern's own where the kernel supports it.
  private var listBlockSize: Int {
    blockSize <= BlockCuts.largestBlockSize && blockSize % BlockCuts.blockSizeUnit == 0
      ? blockSize : BlockCuts.largestBlockSize
  }

  /// In each row of blocks: the causal pairs of its last block, and all pairs of the others.
  package func pairCount(length n: Int) -> Int? {
    var pairs = 0
    for row in 0...(n - 1) / blockSize {
      let queries: Int = min(blockSize, n - row * blockSize)
      let kept: Int = min(row + 1, windowCount + globalCount + randomCount)
      pairs += queries * (queries + 1) / 2
      pairs += queries * blockSize * (kept - 1)
    }
    return pairs
  }
}
