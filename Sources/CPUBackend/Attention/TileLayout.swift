import TensorCore

// Which keys a row, a panel or a block of queries can see: what is skipped, and what is cut.
//
// The keys that the causal mask and the window leave to a query are one interval, and both ends of
// it only rise with the query. So the union over a group of queries is the first one's lower end to
// the last one's upper end, and a tile is cut by the mask exactly if it sticks out of the last one's
// lower or the first one's upper end. Kept blocks are intervals too; neighbors are joined. What a
// pattern cuts inside a block is told apart from these by `cuts`.

/// The mask of a problem as intervals of keys.
struct TileLayout {
  let queryLength: Int
  let keyLength: Int
  /// Key j of query i is seen where `i + before ≤ j < i + after`, within the keys.
  private let before: Int
  private let after: Int
  let blocks: BlockList?
  /// The position of query 0.
  var shift: Int { keyLength - queryLength }

  init(_ problem: AttentionProblem) {
    queryLength = problem.queryLength
    keyLength = problem.keyLength
    blocks = problem.blocks
    let shift = problem.keyLength - problem.queryLength
    let far = keyLength + queryLength
    before = problem.window.map { shift - min($0, far) + 1 } ?? -far
    after =
      problem.isCausal ? shift + 1 : problem.window.map { shift + min($0, far) } ?? keyLength
  }

  /// The keys of one query that the causal mask and the window leave; empty ranges have equal ends.
  @inline(__always)
  func visible(_ query: Int) -> Range<Int> {
    let upper = max(0, min(keyLength, query + after))
    return min(upper, max(0, query + before))..<upper
  }

  /// The keys that any of these queries sees, blocks aside.
  @inline(__always)
  func visible(_ queries: Range<Int>) -> Range<Int> {
    let upper = visible(queries.upperBound - 1).upperBound
    return min(upper, visible(queries.lowerBound).lowerBound)..<upper
  }

  /// The keys that all of these queries see, blocks aside; empty if there are none.
  @inline(__always)
  func visibleToAll(_ queries: Range<Int>) -> Range<Int> {
    let lower = visible(queries.upperBound - 1).lowerBound
    return lower..<max(lower, visible(queries.lowerBound).upperBound)
  }

  /// Blocks of at most `size` queries, none of which reaches over the edge of a kept block.
  func queryBlocks(of size: Int) -> [Range<Int>] {
    var edges = [0]
    if let edge = blocks?.blockSize {
      // The first edge after query 0, which stands at the position of the shift.
      let first = edge - (shift % edge + edge) % edge
      edges += stride(from: first, to: queryLength, by: edge)
    }
    return zip(edges, edges.dropFirst() + [queryLength]).flatMap { first, end in
      stride(from: first, to: end, by: size).map { $0..<min(end, $0 + size) }
    }
  }

  /// The row of the block list that a block of queries stands in; nil where it is not listed.
  func row(of queries: Range<Int>, in blocks: BlockList) -> Int? {
    let position = queries.lowerBound + shift
    let row = position / blocks.blockSize
    return position >= 0 && row < blocks.keptKeyBlocks.count ? row : nil
  }

  /// The intervals of keys, ascending, that a block of queries reads: visible to one of them, and
  /// kept.
  func keyRuns(of queries: Range<Int>) -> [Range<Int>] {
    let seen = visible(queries)
    guard let blocks else { return seen.isEmpty ? [] : [seen] }
    guard let row = row(of: queries, in: blocks) else { return [] }
    var runs: [Range<Int>] = []
    for block in blocks.keptKeyBlocks[row] {
      let kept = (block * blocks.blockSize..<(block + 1) * blocks.blockSize).clamped(to: seen)
      if kept.isEmpty { continue }
      if let last = runs.last, last.upperBound == kept.lowerBound {
        runs[runs.count - 1] = last.lowerBound..<kept.upperBound
      } else {
        runs.append(kept)
      }
    }
    return runs
  }

  /// `keyRuns` cut into tiles of at most `size` keys.
  ///
  /// Without blocks the cuts stand at multiples of `size`, whatever the block of queries, so that
  /// results do not depend on how queries are shared among threads.
  func keyTiles(of queries: Range<Int>, size: Int) -> [Range<Int>] {
    keyRuns(of: queries).flatMap { run in
      let origin = blocks == nil ? run.lowerBound / size * size : run.lowerBound
      return stride(from: origin, to: run.upperBound, by: size).map {
        max($0, run.lowerBound)..<min($0 + size, run.upperBound)
      }
    }
  }
}
