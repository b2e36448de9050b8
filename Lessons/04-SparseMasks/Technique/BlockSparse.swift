import SmallTransformer
import TensorCore

/// Block-sparse attention: all causal pairs of every block that another pattern touches (Gray et
/// al., 2017; Dao et al., 2022, section 3.3). It keeps more pairs than the pattern, but only blocks
/// on the diagonal need a mask.
package struct BlockSparse: SparsePattern {
  let pattern: any SparsePattern
  let blockSize: Int

  /// - Precondition: the block size is 16, 32, 48 or 64.
  package init(_ pattern: any SparsePattern, blockSize: Int) {
    precondition(
      blockSize > 0 && blockSize % BlockCuts.blockSizeUnit == 0
        && blockSize <= BlockCuts.largestBlockSize,
      "block-sparse: blocks of \(blockSize) tokens; use 16, 32, 48 or 64")
    self.pattern = pattern
    self.blockSize = blockSize
  }

  package var name: String { "blocks of \(pattern.name)" }
  package var identity: String { "blocks of \(blockSize) of \(pattern.identity)" }

  package func keys(of query: Int) -> [Range<Int>] {
    let row = query / blockSize
    let touched = (row * blockSize..<(row + 1) * blockSize).flatMap { other in
      pattern.keys(of: other).map {
        $0.lowerBound / blockSize * blockSize..<((($0.upperBound - 1) / blockSize + 1) * blockSize)
      }
    }
    return joinedRanges(touched).map { $0.clamped(to: 0..<query + 1) }.filter { !$0.isEmpty }
  }

  /// Computed from the pattern's own list, without a loop over all queries.
  package func blocks(length: Int) -> BlockList? {
    // An incomplete last row keeps the same blocks as a complete one, so the length is rounded up.
    let rows = (length + blockSize - 1) / blockSize
    return pattern.blockList(length: rows * blockSize, blockSize: blockSize).whole
  }

  package func countedPairs(length: Int) -> Int {
    var count = 0
    for first in stride(from: 0, to: length, by: blockSize) {
      // All queries of a row of blocks see the same blocks, up to their own position.
      let last = keys(of: first + blockSize - 1)
      for query in first..<min(length, first + blockSize) {
        count += last.reduce(0) { $0 + $1.clamped(to: 0..<query + 1).count }
      }
    }
    return count
  }
}
