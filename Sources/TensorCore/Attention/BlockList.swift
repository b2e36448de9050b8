/// Which key/value blocks each block of queries may look at, and which pairs inside those that a
/// pattern cuts: block-sparse attention.
///
/// Rows and columns are positions: a query stands in the row of blocks of its own position, so that
/// one list serves the whole text at once and token by token. A query whose row is not listed sees
/// nothing.
public struct BlockList: Hashable, Codable, Sendable {
  /// Tokens along each side of a block.
  public let blockSize: Int
  /// For each block of queries, the kept blocks of keys, ascending.
  public let keptKeyBlocks: [[Int]]
  /// The pairs that are kept inside cut blocks; nil where every kept block is whole.
  public let cuts: BlockCuts?

  /// - Precondition: the block size is positive, each list ascends without repeats, and cuts belong
  ///   to blocks of this size and number.
  public init(blockSize: Int, keptKeyBlocks: [[Int]], cuts: BlockCuts? = nil) {
    precondition(blockSize > 0, "block list: block size \(blockSize)")
    precondition(
      keptKeyBlocks.allSatisfy { zip($0, $0.dropFirst()).allSatisfy(<) },
      "block list: kept blocks must ascend")
    if let cuts {
      precondition(
        cuts.blockSize == blockSize && cuts.numbers.map(\.count) == keptKeyBlocks.map(\.count),
        "block list: its cuts belong to other blocks")
    }
    self.blockSize = blockSize
    self.keptKeyBlocks = keptKeyBlocks
    self.cuts = cuts
  }

  /// How many blocks are kept, cut ones included.
  public var keptCount: Int { keptKeyBlocks.reduce(0) { $0 + $1.count } }

  /// Bytes of the list and its masks.
  public var byteCount: Int { keptCount * MemoryLayout<Int>.stride + (cuts?.byteCount ?? 0) }

  /// Whether the list lets a query at one position look at a key at another; causality aside.
  /// - Complexity: O(kept blocks of the row).
  public func keeps(query: Int, key: Int) -> Bool {
    guard query >= 0, query / blockSize < keptKeyBlocks.count else { return false }
    let row = query / blockSize
    guard let place = keptKeyBlocks[row].firstIndex(of: key / blockSize) else { return false }
    guard let cuts, let number = cuts.number(row: row, place: place) else { return true }
    return cuts.rows[number * blockSize + query % blockSize] >> UInt64(key % blockSize) & 1 == 1
  }
}

/// Exact masks, bit by bit, of the blocks that a pattern cuts. Equal masks are stored once.
public struct BlockCuts: Hashable, Codable, Sendable {
  /// One word holds a row of a block.
  public static let largestBlockSize = UInt64.bitWidth
  /// Kernels look at so many keys together, and never at two blocks.
  public static let blockSizeUnit = 16

  public let blockSize: Int
  /// For each kept block, in the list's order, the number of its mask; −1 for a whole block.
  public let numbers: [[Int32]]
  /// `blockSize` words a mask: bit j of word i says whether query i of the block sees key j.
  public let rows: [UInt64]
  /// The same, turned: bit i of word j.
  public let columns: [UInt64]

  /// Masks are given by rows, each `blockSize` of them.
  ///
  /// - Precondition: the block size is 16, 32, 48 or 64; masks have as many rows.
  public init(blockSize: Int, numbers: [[Int32]], masks: [[UInt64]]) {
    precondition(
      blockSize > 0 && blockSize % Self.blockSizeUnit == 0 && blockSize <= Self.largestBlockSize,
      "block cuts: blocks of \(blockSize) tokens; cut blocks have 16, 32, 48 or 64 a side")
    precondition(
      masks.allSatisfy { $0.count == blockSize },
      "block cuts: a mask has not \(blockSize) rows")
    precondition(
      numbers.allSatisfy { $0.allSatisfy { $0 >= -1 && $0 < masks.count } },
      "block cuts: there are \(masks.count) masks, and a block wants another")
    self.blockSize = blockSize
    self.numbers = numbers
    rows = masks.flatMap { $0 }
    columns = masks.flatMap { mask in
      (0..<blockSize).map { key in
        mask.enumerated().reduce(0) { $0 | ($1.element >> UInt64(key) & 1) << UInt64($1.offset) }
      }
    }
  }

  public var byteCount: Int {
    numbers.reduce(0) { $0 + $1.count * MemoryLayout<Int32>.stride }
      + (rows.count + columns.count) * MemoryLayout<UInt64>.stride
  }

  /// The mask of the kept block at a place of a row; nil for a whole one.
  @inlinable
  public func number(row: Int, place: Int) -> Int? {
    let number = numbers[row][place]
    return number < 0 ? nil : Int(number)
  }
}
