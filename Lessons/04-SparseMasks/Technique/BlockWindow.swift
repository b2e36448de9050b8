import SmallTransformer
import TensorCore

/// The query's own block and the blocks just before it, `count` in all: as many blocks as others
/// choose by content.
package struct BlockWindow: SparsePattern {
  let count: Int
  let blockSize: Int

  /// - Precondition: both are positive; the block size is 16, 32, 48 or 64.
  package init(_ count: Int, blockSize: Int) {
    precondition(count > 0 && blockSize > 0, "block window: \(count) blocks of \(blockSize)")
    (self.count, self.blockSize) = (count, blockSize)
  }

  package var name: String { "window of \(count) blocks" }
  package var identity: String { "window of \(count) blocks of \(blockSize)" }

  package func keys(of query: Int) -> [Range<Int>] {
    [max(0, query / blockSize + 1 - count) * blockSize..<query + 1]
  }

  package func blocks(length: Int) -> BlockList? {
    blockList(length: length, blockSize: blockSize)
  }

  /// Whole rows of blocks, without the later half of the last block of each.
  package func pairCount(length n: Int) -> Int? {
    (0..<n).reduce(0) { $0 + $1 + 1 - max(0, $1 / blockSize + 1 - count) * blockSize }
  }
}
