import TensorCore

/// Computes the attention probabilities, which the tiled kernels do not store.
struct AttentionMap {
  /// Queries that use a block of keys while it is in the L1 cache.
  static let rowsPerTask = 8
  static let keyBlock = 64

  let problem: AttentionProblem
  let geometry: MaskGeometry
  let queries: HeadPointer
  let keys: HeadPointer
  let map: UnsafeMutablePointer<Float>
  private let queryBlocks: [Range<Int>]

  init(queries: HeadView, keys: HeadView, map: Tensor, _ problem: AttentionProblem) {
    self.problem = problem
    geometry = MaskGeometry(problem)
    self.queries = HeadPointer(queries)
    self.keys = HeadPointer(keys)
    self.map = map.hostPointer
    queryBlocks = geometry.tiles(.queries, size: Self.rowsPerTask)
  }

  var taskCount: Int { problem.batchCount * problem.headCount * queryBlocks.count }

  /// Elements of workspace that one thread needs: the scores of a block.
  var workspaceCount: Int { Self.keyBlock }

  func run(task: Int, workspace: UnsafeMutablePointer<Float>) {
    let (headIndex, block) = (task / queryBlocks.count, queryBlocks[task % queryBlocks.count])
    let (batch, head) = (headIndex / problem.headCount, headIndex % problem.headCount)
    let k = keys.head(problem.kvHead(of: head), batch: batch)
    let rows = map + headIndex * problem.queryLength * problem.keyLength
    for query in block {
      (rows + query * problem.keyLength).update(repeating: -.infinity, count: problem.keyLength)
    }
    let slope = problem.slopes.map { $0[head] * log2OfE } ?? 0
    for tile in geometry.keyTiles(of: block, size: Self.keyBlock) {
      for query in block {
        let visible = geometry.visibleKeys(of: query).clamped(to: tile)
        if visible.isEmpty { continue }
        scoreRow(
          query: queries.head(head, batch: batch) + query * queries.seqStride,
          keys: k + visible.lowerBound * keys.seqStride, stride: keys.seqStride,
          count: visible.count,
          width: problem.headDim, into: workspace)
        scaleScores(
          workspace, visible, scale: problem.scale * log2OfE, slope: slope,
          position: query + geometry.shift)
        for cut in geometry.cuts(of: query..<query + 1, in: visible) {
          for key in cut.keys
          where geometry.bits(ofKey: key, for: query..<query + 1, cut) & 1 == 0 {
            workspace[key - visible.lowerBound] = -.infinity
          }
        }
        (rows + query * problem.keyLength + visible.lowerBound).update(
          from: workspace, count: visible.count)
      }
    }
    for query in block { softmax(rows + query * problem.keyLength) }
  }

  /// Softmax of one row in place; a row that sees no key becomes 0.
  private func softmax(_ row: UnsafeMutablePointer<Float>) {
    let count = problem.keyLength
    let whole = count / 8 * 8
    var most = -Float.infinity
    if whole > 0 { most = largest(of: row, count: whole) }
    for j in whole..<count { most = max(most, row[j]) }
    if most == -.infinity {
      row.update(repeating: 0, count: count)
      return
    }
    var sum = exp2InPlace(row, count: whole, base: most)
    for j in whole..<count {
      row[j] = vexp2(Float8(repeating: row[j] - most))[0]
      sum += row[j]
    }
    for j in 0..<count { row[j] /= sum }
  }
}
