/// A KV cache in blocks of tokens: every request has a table of blocks, and takes the next free block when
/// its last one is full (Kwon et al., 2023, section 4.1).
package struct BlockPool {
  package let blockLength: Int
  /// Blocks by request.
  package private(set) var tables: [[Int]]
  /// Tokens by request.
  package private(set) var lengths: [Int]
  /// Blocks that are taken.
  package private(set) var blockCount = 0

  package init(requestCount: Int, blockLength: Int) {
    self.blockLength = blockLength
    tables = [[Int]](repeating: [], count: requestCount)
    lengths = [Int](repeating: 0, count: requestCount)
  }

  /// Makes room for one more token of a request.
  package mutating func append(to request: Int) {
    if lengths[request] == tables[request].count * blockLength {
      tables[request].append(blockCount)
      blockCount += 1
    }
    lengths[request] += 1
  }

  /// Tokens for which there is room.
  package var reserved: Int { tables.reduce(0) { $0 + $1.count } * blockLength }
  /// Tokens that are there.
  package var used: Int { lengths.reduce(0, +) }
}
