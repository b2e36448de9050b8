/// The mask of an attention problem as intervals: the keys that queries see, the queries that see
/// keys, and the blocks that need an exact mask.
///
/// Causality and the window leave each query one interval of keys. Neither end moves back from one
/// query to the next. So the keys that a group of neighboring queries sees run from the first
/// query's lower end to the last query's upper end, and the keys that all of them see run from the
/// last query's lower end to the first query's upper end. Kept blocks are intervals too.
///
/// Kernels use these intervals to skip masked tiles. Tests compare them with the definition,
/// `AttentionProblem.sees`.
public struct MaskGeometry: Sendable {
  /// The axis of the queries × keys matrix that is divided into tiles.
  public enum Axis: Sendable {
    case queries, keys
  }

  /// An interval that a tile is multiplied with: keys for a tile of queries, queries for a tile of
  /// keys.
  public struct Run: Equatable, Sendable {
    public var range: Range<Int>
    /// The exact mask of the block that contains this run; nil if the block is whole.
    public var mask: Int?
  }

  /// The keys of a cut block within some range, and the index of the block's mask.
  public struct CutBlock: Equatable, Sendable {
    public let keys: Range<Int>
    public let mask: Int
  }

  public let queryLength: Int
  public let keyLength: Int
  public let blocks: BlockList?
  /// Causality and window: query i sees the keys `i + before ..< i + after`, within the keys.
  public let before: Int
  /// See `before`.
  public let after: Int
  /// The position of query 0, counted from key 0.
  public let shift: Int

  public init(_ problem: AttentionProblem) {
    queryLength = problem.queryLength
    keyLength = problem.keyLength
    blocks = problem.blocks
    let shift = problem.shift
    self.shift = shift
    // Larger than any distance between a query and a key.
    let far = keyLength + queryLength + abs(shift)
    before = problem.window.map { shift - min($0, far) + 1 } ?? -far
    after = problem.isCausal ? shift + 1 : problem.window.map { shift + min($0, far) } ?? far
  }
}

// MARK: Causality and window

extension MaskGeometry {
  /// The keys that one query sees by causality and window; possibly an empty range.
  @inlinable @inline(__always)
  public func visibleKeys(of query: Int) -> Range<Int> {
    let upper = max(0, min(keyLength, query + after))
    return min(upper, max(0, query + before))..<upper
  }

  /// The keys that at least one of these queries sees by causality and window.
  @inlinable @inline(__always)
  public func visibleKeys(of queries: Range<Int>) -> Range<Int> {
    let upper = visibleKeys(of: queries.upperBound - 1).upperBound
    return min(upper, visibleKeys(of: queries.lowerBound).lowerBound)..<upper
  }

  /// The keys that every one of these queries sees by causality and window; possibly an empty
  /// range.
  @inlinable @inline(__always)
  public func keysVisibleToAll(_ queries: Range<Int>) -> Range<Int> {
    let lower = visibleKeys(of: queries.upperBound - 1).lowerBound
    return lower..<max(lower, visibleKeys(of: queries.lowerBound).upperBound)
  }

  /// The queries that see at least one of these keys by causality and window.
  public func visibleQueries(of keys: Range<Int>) -> Range<Int> {
    let upper = max(0, min(queryLength, keys.upperBound - before))
    return min(upper, max(0, keys.lowerBound - after + 1))..<upper
  }
}

// MARK: Tiles and runs

extension MaskGeometry {
  /// One axis cut into tiles of at most `size` rows. No tile crosses the edge of a block.
  public func tiles(_ axis: Axis, size: Int) -> [Range<Int>] {
    let length = axis == .queries ? queryLength : keyLength
    return split(0..<length, axis).flatMap { part in
      stride(from: part.lowerBound, to: part.upperBound, by: size).map {
        $0..<min(part.upperBound, $0 + size)
      }
    }
  }

  /// A range of one axis, split at the edges of the blocks.
  private func split(_ range: Range<Int>, _ axis: Axis) -> [Range<Int>] {
    guard let size = blocks?.blockSize else { return [range] }
    // Blocks begin at multiples of their size in positions; query 0 is at the position `shift`.
    let first = axis == .queries ? range.lowerBound + shift : range.lowerBound
    let inside = (first % size + size) % size
    let edges = stride(from: range.lowerBound + size - inside, to: range.upperBound, by: size)
    return zip([range.lowerBound] + edges, edges + [range.upperBound]).map { $0..<$1 }
  }

  /// The intervals of keys, ascending, that a tile of queries is multiplied with: the keys that at
  /// least one of its queries sees, in kept blocks.
  ///
  /// Neighboring blocks are joined. With `separatingCuts` each cut block is a separate run.
  /// - Precondition: the queries are in one row of the block list, as those of `tiles` are.
  /// - Complexity: O(kept blocks of the row).
  public func keyRuns(of queries: Range<Int>, separatingCuts: Bool = false) -> [Run] {
    let visible = visibleKeys(of: queries)
    guard let blocks else { return visible.isEmpty ? [] : [Run(range: visible)] }
    guard let row = row(of: queries, in: blocks) else { return [] }
    var runs: [Run] = []
    for (keptIndex, block) in blocks.keptKeyBlocks[row].enumerated() {
      let keys = block * blocks.blockSize..<(block + 1) * blocks.blockSize
      let mask = separatingCuts ? blocks.cuts?.maskIndex(row: row, keptIndex: keptIndex) : nil
      runs.append(joining: Run(range: keys.clamped(to: visible), mask: mask))
    }
    return runs
  }

  /// The intervals that each tile of one axis is multiplied with, ascending; each cut block is a
  /// separate run.
  /// - Precondition: no tile crosses the edge of a block.
  /// - Complexity: O(tiles + kept blocks · tiles of a block).
  public func runs(_ axis: Axis, of tiles: [Range<Int>]) -> [[Run]] {
    axis == .queries
      ? tiles.map { keyRuns(of: $0, separatingCuts: true) } : queryRuns(of: tiles)
  }

  private func queryRuns(of tiles: [Range<Int>]) -> [[Run]] {
    guard let blocks else {
      return tiles.map { tile in
        let visible = visibleQueries(of: tile)
        return visible.isEmpty ? [] : [Run(range: visible)]
      }
    }
    // The list transposed: for each block of keys, the rows that keep it.
    let size = blocks.blockSize
    var rows = [[(row: Int, mask: Int?)]](repeating: [], count: (keyLength - 1) / size + 1)
    for (row, kept) in blocks.keptKeyBlocks.enumerated() {
      for (keptIndex, block) in kept.enumerated() where rows.indices.contains(block) {
        rows[block].append((row, blocks.cuts?.maskIndex(row: row, keptIndex: keptIndex)))
      }
    }
    return tiles.map { tile in
      let visible = visibleQueries(of: tile)
      var runs: [Run] = []
      for (row, mask) in rows[tile.lowerBound / size] {
        let queries = row * size - shift..<(row + 1) * size - shift
        runs.append(joining: Run(range: queries.clamped(to: visible), mask: mask))
      }
      return runs
    }
  }

  /// The row of the block list that these queries belong to; nil if the list has no such row.
  fileprivate func row(of queries: Range<Int>, in blocks: BlockList) -> Int? {
    let position = queries.lowerBound + shift
    let row = position / blocks.blockSize
    return position >= 0 && row < blocks.keptKeyBlocks.count ? row : nil
  }
}

extension [MaskGeometry.Run] {
  /// Appends a run unless it is empty. Neighboring runs without a mask are joined.
  fileprivate mutating func append(joining run: MaskGeometry.Run) {
    if run.range.isEmpty { return }
    if let last, last.mask == nil, run.mask == nil,
      last.range.upperBound == run.range.lowerBound
    {
      self[count - 1].range = last.range.lowerBound..<run.range.upperBound
    } else {
      append(run)
    }
  }
}

// MARK: Cut blocks

extension MaskGeometry {
  /// The cut blocks that overlap with these keys, for queries of one row of the list.
  @inlinable @inline(__always)
  public func cuts(of queries: Range<Int>, in keys: Range<Int>) -> [CutBlock] {
    guard blocks?.cuts != nil else { return [] }
    return foundCuts(of: queries, in: keys)
  }

  @usableFromInline
  func foundCuts(of queries: Range<Int>, in keys: Range<Int>) -> [CutBlock] {
    guard let blocks, let cuts = blocks.cuts, let row = row(of: queries, in: blocks) else {
      return []
    }
    let (kept, size) = (blocks.keptKeyBlocks[row], blocks.blockSize)
    var found: [CutBlock] = []
    var keptIndex = kept.firstIndex(notBelow: keys.lowerBound / size)
    while keptIndex < kept.count, kept[keptIndex] * size < keys.upperBound {
      if let mask = cuts.maskIndex(row: row, keptIndex: keptIndex) {
        let block = kept[keptIndex] * size..<(kept[keptIndex] + 1) * size
        found.append(CutBlock(keys: block.clamped(to: keys), mask: mask))
      }
      keptIndex += 1
    }
    return found
  }

  /// Which of up to 16 queries, the first in the lowest bit, see a key of a cut block.
  @inlinable @inline(__always)
  public func bits(ofKey key: Int, for queries: Range<Int>, _ cut: CutBlock) -> UInt32 {
    guard let cuts = blocks?.cuts else { return .max }
    let size = cuts.blockSize
    let word = cuts.columns[cut.mask * size + key % size]
    return UInt32(truncatingIfNeeded: word >> UInt64((queries.lowerBound + shift) % size))
  }

  /// Which of 16 keys from `key` on, the first in the lowest bit, a query sees in a cut block.
  @inlinable @inline(__always)
  public func bits(ofQuery query: Int, from key: Int, mask: Int) -> UInt32 {
    guard let cuts = blocks?.cuts else { return .max }
    let size = cuts.blockSize
    let word = cuts.rows[mask * size + (query + shift) % size]
    return UInt32(truncatingIfNeeded: word >> UInt64(key % size))
  }
}

extension [Int] {
  /// The index of the first element of an ascending list that is not below `bound`.
  fileprivate func firstIndex(notBelow bound: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < bound { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

// MARK: Counts

extension AttentionProblem {
  /// The number of query-key pairs in one head that the mask keeps.
  ///
  /// A cut block is counted as if it were whole.
  /// - Complexity: O(Q), times the kept blocks of a row if there is a list.
  public var pairCount: Int {
    let geometry = MaskGeometry(self)
    return (0..<queryLength).reduce(0) { sum, query in
      geometry.keyRuns(of: query..<query + 1).reduce(sum) { $0 + $1.range.count }
    }
  }

  /// The number of 16 × 16 tiles in one head with at least one kept pair.
  ///
  /// A register tile is 16 wide. So a kernel that skips every masked tile does this much work, and
  /// time divided by this count shows what a mask costs in addition to the multiplications.
  public var tileCount: Int { MaskGeometry(self).tileCount }
}

extension MaskGeometry {
  private static let countedTile = 16

  fileprivate var tileCount: Int {
    let side = Self.countedTile
    return stride(from: 0, to: queryLength, by: side).reduce(0) { sum, first in
      // These tiles begin at multiples of 16, regardless of the blocks, so one may overlap with
      // several rows.
      let parts = split(first..<min(queryLength, first + side), .queries)
      let tiles = parts.flatMap { keyRuns(of: $0) }
        .map { $0.range.lowerBound / side..<($0.range.upperBound + side - 1) / side }
        .sorted { $0.lowerBound < $1.lowerBound }
      // Ranges may share tiles.
      var (count, end) = (0, 0)
      for range in tiles {
        count += max(0, range.upperBound - max(end, range.lowerBound))
        end = max(end, range.upperBound)
      }
      return sum + count
    }
  }
}
