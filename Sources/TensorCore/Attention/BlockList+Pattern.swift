extension BlockList {
  /// The block list of a causal pattern, given by the keys of each query.
  ///
  /// A block is whole if the pattern keeps every pair that causality allows, and dropped if it
  /// keeps none. Otherwise it is cut: it gets an exact mask. Use the list in causal problems only:
  /// pairs with later keys are not defined.
  ///
  /// - Parameters:
  ///   - length: the list has the positions 0 ..< length.
  ///   - blockSize: 16, 32, 48 or 64.
  ///   - keys: the keys of a query as ranges, none later than the query.
  /// - Complexity: time O(length² / blockSize), plus that of `keys`; memory for the kept blocks and
  ///   each distinct mask.
  public init(length: Int, blockSize: Int = 64, keys: (Int) -> [Range<Int>]) {
    precondition(length > 0, "block list: the length must be positive, not \(length)")
    precondition(
      blockSize > 0 && blockSize % BlockCuts.blockSizeUnit == 0
        && blockSize <= BlockCuts.largestBlockSize,
      "block list: the block size is \(blockSize), but must be 16, 32, 48 or 64")
    var masks = MaskTable()
    var kept: [[Int]] = []
    var maskIndices: [[Int32]] = []
    for first in stride(from: 0, to: length, by: blockSize) {
      let row = BlockRow(
        queries: first..<min(length, first + blockSize), blockSize: blockSize, keys: keys)
      let found = row.keptBlocks
      kept.append(found)
      maskIndices.append(found.map { masks.index(of: row.mask(of: $0)) })
    }
    let cuts =
      masks.masks.isEmpty
      ? nil : BlockCuts(blockSize: blockSize, maskIndices: maskIndices, masks: masks.masks)
    self.init(blockSize: blockSize, keptKeyBlocks: kept, cuts: cuts)
  }

  /// The same blocks, each kept whole: block-sparse attention without masks inside blocks.
  public var whole: BlockList { BlockList(blockSize: blockSize, keptKeyBlocks: keptKeyBlocks) }
}

/// The blocks of one row of a block list under construction, one word for each query and block.
private struct BlockRow {
  private let blockSize: Int
  private let queryCount: Int
  private let row: Int
  /// Word `block · blockSize + query`.
  private var words: [UInt64]

  init(queries: Range<Int>, blockSize: Int, keys: (Int) -> [Range<Int>]) {
    self.blockSize = blockSize
    queryCount = queries.count
    row = queries.lowerBound / blockSize
    words = [UInt64](repeating: 0, count: (row + 1) * blockSize)
    for query in queries {
      for range in keys(query) {
        precondition(
          range.lowerBound >= 0 && range.upperBound <= query + 1,
          "block list: query \(query) must see keys 0 to \(query), not \(range)")
        add(range, query - queries.lowerBound)
      }
    }
  }

  private mutating func add(_ keys: Range<Int>, _ query: Int) {
    var key = keys.lowerBound
    while key < keys.upperBound {
      let (block, start) = (key / blockSize, key % blockSize)
      let count = min(blockSize - start, keys.upperBound - key)
      words[block * blockSize + query] |= Self.ones(count) << UInt64(start)
      key += count
    }
  }

  private static func ones(_ count: Int) -> UInt64 { UInt64.max >> UInt64(64 - count) }

  var keptBlocks: [Int] {
    (0...row).filter { block in
      (0..<queryCount).contains { words[block * blockSize + $0] != 0 }
    }
  }

  /// The mask of a block; nil if it is whole. Pairs that causality excludes count as kept.
  func mask(of block: Int) -> [UInt64]? {
    let full = Self.ones(blockSize)
    let mask = (0..<blockSize).map { query -> UInt64 in
      if query >= queryCount { return full }
      let later = block == row ? full & ~Self.ones(query + 1) : 0
      return words[block * blockSize + query] | later
    }
    return mask.allSatisfy { $0 == full } ? nil : mask
  }
}

/// Assigns an index to each distinct mask.
private struct MaskTable {
  private(set) var masks: [[UInt64]] = []
  private var indices: [[UInt64]: Int32] = [:]

  mutating func index(of mask: [UInt64]?) -> Int32 {
    guard let mask else { return -1 }
    if let known = indices[mask] { return known }
    let index = Int32(masks.count)
    masks.append(mask)
    indices[mask] = index
    return index
  }
}
