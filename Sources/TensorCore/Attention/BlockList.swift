/// The mask of block-sparse attention, as FlexAttention's `BlockMask`: for each block of queries
/// the kept blocks of keys. A kept block is *whole* (all its pairs are kept) or *cut* (some are; it
/// has an exact mask).
///
/// Rows and columns are positions: a query belongs to the row of its own position. So the same list
/// works for a prefill and for token-by-token decoding. A query whose row is not in the list sees
/// no key.
public struct BlockList: Hashable, Codable, Sendable {
  /// The number of queries, and of keys, in a block.
  public let blockSize: Int
  /// For each block of queries, the kept blocks of keys, ascending.
  public let keptKeyBlocks: [[Int]]
  /// The exact masks of cut blocks; nil if every kept block is whole.
  public let cuts: BlockCuts?

  /// - Precondition: the block size is positive, each list ascends without repeats, and cuts belong
  ///   to blocks of this size and number.
  public init(blockSize: Int, keptKeyBlocks: [[Int]], cuts: BlockCuts? = nil) {
    precondition(blockSize > 0, "block list: the block size must be positive, not \(blockSize)")
    precondition(
      keptKeyBlocks.allSatisfy { zip($0, $0.dropFirst()).allSatisfy(<) },
      "block list: the kept blocks of a row must ascend")
    if let cuts {
      precondition(
        cuts.blockSize == blockSize && cuts.maskIndices.map(\.count) == keptKeyBlocks.map(\.count),
        "block list: the cuts need the list's block size and one mask index per kept block")
    }
    self.blockSize = blockSize
    self.keptKeyBlocks = keptKeyBlocks
    self.cuts = cuts
  }

  /// The number of kept blocks, including cut ones.
  public var keptCount: Int { keptKeyBlocks.reduce(0) { $0 + $1.count } }

  /// Bytes of the list and its masks.
  public var byteCount: Int { keptCount * MemoryLayout<Int>.stride + (cuts?.byteCount ?? 0) }

  /// Whether the list keeps the pair of a query position and a key position, without causality.
  /// - Complexity: O(kept blocks of the row).
  public func keeps(query: Int, key: Int) -> Bool {
    guard query >= 0, query / blockSize < keptKeyBlocks.count else { return false }
    let row = query / blockSize
    guard let keptIndex = keptKeyBlocks[row].firstIndex(of: key / blockSize) else { return false }
    guard let cuts, let mask = cuts.maskIndex(row: row, keptIndex: keptIndex) else { return true }
    return cuts.rows[mask * blockSize + query % blockSize] >> UInt64(key % blockSize) & 1 == 1
  }
}

/// The exact masks of cut blocks, one bit per pair. Equal masks are stored once.
public struct BlockCuts: Hashable, Codable, Sendable {
  /// The largest block size, because a row of a mask is one 64-bit word.
  public static let largestBlockSize = UInt64.bitWidth
  /// Block sizes are multiples of this, the number of keys that kernels process together.
  public static let blockSizeUnit = 16

  public let blockSize: Int
  /// For each kept block, in the list's order, the index of its mask; −1 for a whole block.
  public let maskIndices: [[Int32]]
  /// `blockSize` words per mask: bit j of word i is 1 if query i of the block sees key j.
  public let rows: [UInt64]
  /// The transposed masks: bit i of word j.
  public let columns: [UInt64]

  /// Each mask is `blockSize` rows.
  ///
  /// - Precondition: the block size is 16, 32, 48 or 64.
  public init(blockSize: Int, maskIndices: [[Int32]], masks: [[UInt64]]) {
    precondition(
      blockSize > 0 && blockSize % Self.blockSizeUnit == 0 && blockSize <= Self.largestBlockSize,
      "block cuts: the block size is \(blockSize), but must be 16, 32, 48 or 64")
    precondition(
      masks.allSatisfy { $0.count == blockSize },
      "block cuts: a mask does not have \(blockSize) rows")
    precondition(
      maskIndices.allSatisfy { $0.allSatisfy { $0 >= -1 && $0 < masks.count } },
      "block cuts: a mask index is not in -1 ..< \(masks.count)")
    self.blockSize = blockSize
    self.maskIndices = maskIndices
    rows = masks.flatMap { $0 }
    columns = masks.flatMap { mask in
      (0..<blockSize).map { key in
        mask.enumerated().reduce(0) { $0 | ($1.element >> UInt64(key) & 1) << UInt64($1.offset) }
      }
    }
  }

  /// Bytes of all masks and their indices.
  public var byteCount: Int {
    maskIndices.reduce(0) { $0 + $1.count * MemoryLayout<Int32>.stride }
      + (rows.count + columns.count) * MemoryLayout<UInt64>.stride
  }

  /// The index of the mask of a row's kept block; nil for a whole block.
  @inlinable
  public func maskIndex(row: Int, keptIndex: Int) -> Int? {
    let index = maskIndices[row][keptIndex]
    return index < 0 ? nil : Int(index)
  }
}
