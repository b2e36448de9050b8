import TensorCore

/// Tiled attention, forward (Dao, 2024: FlashAttention-2): threads share blocks of queries, and
/// process the keys in tiles.
struct ForwardAttention {
  /// Keys in a tile.
  static let keyTile = 192
  /// Panels of 16 queries in a task: each tile of keys is used for all of them.
  static let panelsPerTask = 24

  let problem: AttentionProblem
  let geometry: MaskGeometry
  let operands: OperandPointers

  private let headsPerTask: Int
  private let queryBlocks: [Range<Int>]

  init(_ operands: AttentionOperands, _ problem: AttentionProblem, threadCount: Int) {
    self.problem = problem
    geometry = MaskGeometry(problem)
    self.operands = OperandPointers(operands)
    let groupSize = problem.groupSize
    headsPerTask = min(groupSize, Self.panelsPerTask)
    // Fewer queries per task if there are too few tasks for the threads. Results do not depend on
    // it.
    var panels = Self.panelsPerTask / headsPerTask
    let perBlock = problem.batchCount * problem.headCount / headsPerTask
    let blockCount = { (problem.queryLength - 1) / (panels * panelWidth) + 1 }
    while panels > 1, threadCount > 1, perBlock * blockCount() < 4 * threadCount {
      panels = (panels + 1) / 2
    }
    queryBlocks = geometry.tiles(.queries, size: panels * panelWidth)
  }

  /// Elements of workspace that one thread needs.
  static func workspaceCount(headDim: Int) -> Int {
    panelsPerTask * ForwardPanel.floatCount(headDim: headDim) + (keyTile + 8) * panelWidth
  }

  var workspaceCount: Int { Self.workspaceCount(headDim: problem.headDim) }

  private var headChunks: Int { (problem.groupSize + headsPerTask - 1) / headsPerTask }

  var taskCount: Int {
    problem.batchCount * problem.kvHeadCount * headChunks * queryBlocks.count
  }

  /// One block of queries against all keys that it sees.
  ///
  /// Tasks go head by head, so that a head's keys and values stay in the cache. Within a head the
  /// last queries come first: under a causal mask they see the most keys, and small tasks at the
  /// end keep all threads busy.
  func run(task: Int, workspace: UnsafeMutablePointer<Float>) {
    let block = queryBlocks[queryBlocks.count - 1 - task % queryBlocks.count]
    let rest = task / queryBlocks.count
    let batch = rest / (problem.kvHeadCount * headChunks)
    let kvHead = rest / headChunks % problem.kvHeadCount
    let firstHead = kvHead * problem.groupSize + rest % headChunks * headsPerTask
    let heads = firstHead..<min(firstHead + headsPerTask, (kvHead + 1) * problem.groupSize)

    let panels = heads.flatMap { head in
      stride(from: block.lowerBound, to: block.upperBound, by: panelWidth).map {
        (head: head, queries: $0..<min(block.upperBound, $0 + panelWidth))
      }
    }
    let scores = workspace
    let states = panels.indices.map {
      ForwardPanel(
        workspace + (Self.keyTile + 8) * panelWidth
          + $0 * ForwardPanel.floatCount(headDim: problem.headDim), headDim: problem.headDim)
    }
    for (panel, state) in zip(panels, states) {
      state.start(
        rows: operands.queries.head(panel.head, batch: batch)
          + panel.queries.lowerBound * operands.queries.seqStride,
        stride: operands.queries.seqStride, rowCount: panel.queries.count, headDim: problem.headDim,
        scale: problem.scale * log2OfE)
    }
    for tile in geometry.keyTiles(of: block, size: Self.keyTile) {
      for (panel, state) in zip(panels, states) {
        let slope = problem.slopes.map { $0[panel.head] * log2OfE } ?? 0
        attend(
          state, ScoreMask(queries: panel.queries, geometry: geometry, slope: slope), tile: tile,
          keys: operands.keys.head(kvHead, batch: batch),
          values: operands.values.head(kvHead, batch: batch), scores: scores)
      }
    }
    for (panel, state) in zip(panels, states) {
      state.finish(
        rows: operands.output.head(panel.head, batch: batch)
          + panel.queries.lowerBound * operands.output.seqStride,
        stride: operands.output.seqStride,
        logSumExp: operands.logSumExp + (batch * problem.headCount + panel.head)
          * problem.queryLength
          + panel.queries.lowerBound,
        rowCount: panel.queries.count, headDim: problem.headDim)
    }
  }

  /// One panel against one tile of keys.
  private func attend(
    _ panel: ForwardPanel, _ mask: ScoreMask, tile: Range<Int>, keys: UnsafePointer<Float>,
    values: UnsafePointer<Float>, scores: UnsafeMutablePointer<Float>
  ) {
    let range = tile.clamped(to: geometry.visibleKeys(of: mask.queries))
    if range.isEmpty { return }
    // Causality and window mask keys only at the two ends; all 16 queries see the keys between
    // them.
    let uncut = geometry.keysVisibleToAll(mask.queries).clamped(to: range)
    let whole = uncut.isEmpty ? range.lowerBound..<range.lowerBound : uncut
    var largest = (Float8(repeating: -.infinity), Float8(repeating: -.infinity))
    for (part, isCut) in [
      (range.lowerBound..<whole.lowerBound, true), (whole, false),
      (whole.upperBound..<range.upperBound, true),
    ] where !part.isEmpty {
      let most = score(part, isCut, panel, mask, keys, scores, start: range.lowerBound)
      largest = (maximum(largest.0, most.0), maximum(largest.1, most.1))
    }
    if mask.maskCuts(scores, keys: range) { largest = panelMaxima(scores, count: range.count) }
    let factor = weightTile(scores, count: range.count, largest: largest, panel)
    addValues(
      values + range.lowerBound * operands.values.seqStride, stride: operands.values.seqStride,
      count: range.count, headDim: problem.headDim, weights: scores, factor: factor,
      into: panel.output)
  }

  /// Scores of one part of a tile whose first key is `start`, masked and biased; returns the
  /// maxima.
  @inline(__always)
  private func score(
    _ part: Range<Int>, _ isCut: Bool, _ panel: ForwardPanel, _ mask: ScoreMask,
    _ keys: UnsafePointer<Float>, _ scores: UnsafeMutablePointer<Float>, start: Int
  ) -> (Float8, Float8) {
    let target = scores + (part.lowerBound - start) * panelWidth
    // Scores of a few more keys cost less than the handling of a partial register tile. The mask or
    // the next part overwrites them.
    let rounded =
      isCut ? min(geometry.keyLength - part.lowerBound, roundedUpRows(part.count)) : part.count
    let largest = scoreTile(
      keys: keys + part.lowerBound * operands.keys.seqStride, stride: operands.keys.seqStride,
      count: rounded, headDim: problem.headDim, queries: panel.queries, into: target)
    if isCut { return mask.cut(target, keys: part) }
    return mask.slope == 0 ? largest : mask.addBias(target, keys: part)
  }
}

/// The next count that `splitRows` splits without single rows.
@inline(__always)
func roundedUpRows(_ count: Int) -> Int { max(4, count + count % 2) }
