extension BlockList {
  /// The list of a causal pattern that says, for each query, which keys it looks at.
  ///
  /// A block in which every pair that causality allows is kept counts as whole; one without a pair
  /// is dropped; the rest are cut, with an exact mask. The list stands for a causal problem: what
  /// later keys would be is left open.
  ///
  /// - Parameters:
  ///   - length: positions 0 ..< length are listed.
  ///   - blockSize: 16, 32, 48 or 64.
  ///   - keys: the keys of a query as ranges, none of them later than the query.
  /// - Complexity: O(length² / blockSize) and the pattern's own ranges, in time; memory for the kept
  ///   blocks and each different mask once.
  public init(length: Int, blockSize: Int = 64, keys: (Int) -> [Range<Int>]) {
    precondition(length > 0, "block list: length \(length)")
    precondition(
      blockSize > 0 && blockSize % BlockCuts.blockSizeUnit == 0
        && blockSize <= BlockCuts.largestBlockSize,
      "block list: blocks of \(blockSize) tokens; a pattern's blocks have 16, 32, 48 or 64 a side")
    var masks = MaskTable()
    var kept: [[Int]] = []
    var numbers: [[Int32]] = []
    for first in stride(from: 0, to: length, by: blockSize) {
      let row = BlockRow(
        queries: first..<min(length, first + blockSize), blockSize: blockSize, keys: keys)
      let found = row.keptBlocks
      kept.append(found)
      numbers.append(found.map { masks.number(of: row.mask(of: $0)) })
    }
    let cuts =
      masks.masks.isEmpty
      ? nil : BlockCuts(blockSize: blockSize, numbers: numbers, masks: masks.masks)
    self.init(blockSize: blockSize, keptKeyBlocks: kept, cuts: cuts)
  }

  /// The same blocks, each of them whole: block-sparse attention in the narrow sense.
  public var whole: BlockList { BlockList(blockSize: blockSize, keptKeyBlocks: keptKeyBlocks) }
}

/// All blocks of one row of a block list while it is made, one word for each query and block.
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
          "block list: query \(query) looks at keys \(range), outside its past")
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

  /// The mask of a block; nil where it is whole. Pairs that can never be asked for count as kept.
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

/// Gives each different mask a number.
private struct MaskTable {
  private(set) var masks: [[UInt64]] = []
  private var numbers: [[UInt64]: Int32] = [:]

  mutating func number(of mask: [UInt64]?) -> Int32 {
    guard let mask else { return -1 }
    if let known = numbers[mask] { return known }
    let number = Int32(masks.count)
    masks.append(mask)
    numbers[mask] = number
    return number
  }
}
