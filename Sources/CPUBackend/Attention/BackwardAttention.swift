import TensorCore

// Tiled attention, backward: threads share chunks of keys.
//
// A task is a chunk of keys of one key/value head, against all queries of all heads that share it.
// The gradients of its keys and values stay in the tiles until the end. Gradients of queries are
// added to memory, chunk by chunk in ascending order (`OrderedAccumulation`). So five products per
// tile are enough, and the sums are the same for every thread count. The alternative, one pass by
// keys and one by queries, needs no order but computes scores and dO · Vᵀ twice: seven products.

struct BackwardAttention {
  let problem: AttentionProblem
  let geometry: MaskGeometry
  let operands: OperandPointers
  let gradients: GradientPointers
  /// δ = Σ dO · O of each query, `[batch, heads, Q]`.
  let delta: UnsafeMutablePointer<Float>

  private let queryBlocks: [Range<Int>]
  private let chunks: [Range<Int>]
  private let accumulation: OrderedAccumulation

  init(
    _ operands: AttentionOperands, _ gradients: AttentionGradients, delta: Tensor,
    _ problem: AttentionProblem
  ) {
    self.problem = problem
    geometry = MaskGeometry(problem)
    self.operands = OperandPointers(operands)
    self.gradients = GradientPointers(gradients)
    self.delta = delta.hostPointer
    queryBlocks = geometry.tiles(.queries, size: backwardTile)
    let length = BackwardTiles.chunkLength(headDim: problem.headDim)
    chunks = stride(from: 0, to: problem.keyLength, by: length).map {
      $0..<min(problem.keyLength, $0 + length)
    }
    accumulation = OrderedAccumulation(
      rowBlockCount: problem.batchCount * problem.headCount * queryBlocks.count)
  }

  var workspaceCount: Int { BackwardTiles.floatCount(headDim: problem.headDim) }

  // MARK: Preparation: δ, and gradients of queries set to 0

  var prepareTaskCount: Int { problem.batchCount * problem.headCount * queryBlocks.count }

  func prepare(task: Int) {
    let (headIndex, block) = (task / queryBlocks.count, queryBlocks[task % queryBlocks.count])
    let (batch, head) = (headIndex / problem.headCount, headIndex % problem.headCount)
    let width = problem.headDim
    for row in block {
      delta[headIndex * problem.queryLength + row] = dot(
        operands.output.head(head, batch: batch) + row * operands.output.seqStride,
        gradients.output.head(head, batch: batch) + row * gradients.output.seqStride,
        width: width)
      (gradients.queries.head(head, batch: batch) + row * gradients.queries.seqStride).update(
        repeating: 0, count: width)
    }
  }

  // MARK: The pass over tiles

  var taskCount: Int { problem.batchCount * problem.kvHeadCount * chunks.count }

  /// Must be started in ascending order of tasks: see `OrderedAccumulation`.
  func run(task: Int, workspace: UnsafeMutablePointer<Float>) {
    let perChunk = problem.batchCount * problem.kvHeadCount
    let (chunk, rest) = (task / perChunk, task % perChunk)
    let (batch, kvHead) = (rest / problem.kvHeadCount, rest % problem.kvHeadCount)
    let tiles = BackwardTiles(workspace, headDim: problem.headDim)
    load(chunks[chunk], kvHead, batch, tiles)
    for head in problem.heads(sharing: kvHead) {
      // In descending order, so that the next chunk can follow one block behind. In ascending order
      // it would have to wait under a causal mask, because it has no work in the first blocks.
      for block in queryBlocks.indices.reversed() {
        addBlock(block, head, batch, chunk, tiles)
      }
    }
    store(chunks[chunk], kvHead, batch, tiles)
  }

  private func load(_ keyRange: Range<Int>, _ kvHead: Int, _ batch: Int, _ tiles: BackwardTiles) {
    let (keys, values) = (operands.keys, operands.values)
    let k = keys.head(kvHead, batch: batch) + keyRange.lowerBound * keys.seqStride
    let v = values.head(kvHead, batch: batch) + keyRange.lowerBound * values.seqStride
    let width = problem.headDim
    for first in stride(from: 0, to: keyRange.count, by: panelWidth) {
      let count = min(panelWidth, keyRange.count - first)
      packPanel(
        rows: k + first * keys.seqStride, stride: keys.seqStride, rowCount: count, width: width,
        scale: problem.scale * log2OfE, into: tiles.keyPanels + first * width)
      packPanel(
        rows: v + first * values.seqStride, stride: values.seqStride, rowCount: count,
        width: width, scale: 1, into: tiles.valuePanels + first * width)
    }
    packRows(
      k, stride: keys.seqStride, rowCount: keyRange.count, width: width, into: tiles.keyRows,
      paddedWidth: tiles.paddedDim, paddedRowCount: 0)
    let panels = (keyRange.count + panelWidth - 1) / panelWidth
    tiles.keyGradient.update(repeating: 0, count: panels * panelWidth * tiles.paddedDim)
    tiles.valueGradient.update(repeating: 0, count: panels * panelWidth * tiles.paddedDim)
  }

  private func store(_ keyRange: Range<Int>, _ kvHead: Int, _ batch: Int, _ tiles: BackwardTiles) {
    for (row, key) in keyRange.enumerated() {
      let k = gradients.keys.head(kvHead, batch: batch) + key * gradients.keys.seqStride
      let v = gradients.values.head(kvHead, batch: batch) + key * gradients.values.seqStride
      for d in 0..<problem.headDim {
        k[d] = tiles.keyGradient[row * tiles.paddedDim + d] * problem.scale
        v[d] = tiles.valueGradient[row * tiles.paddedDim + d]
      }
    }
  }

  /// The keys of a chunk that a block of queries reads, in tiles.
  private func keyTiles(_ block: Int, _ chunk: Int) -> [Range<Int>] {
    let chunk = chunks[chunk]
    return geometry.keyRuns(of: queryBlocks[block]).flatMap { run -> [Range<Int>] in
      let part = run.range.clamped(to: chunk)
      if part.isEmpty { return [] }
      let origin = part.lowerBound / panelWidth * panelWidth
      return stride(from: origin, to: part.upperBound, by: backwardTile).map {
        max($0, part.lowerBound)..<min($0 + backwardTile, part.upperBound)
      }
    }
  }

  private func addBlock(
    _ block: Int, _ head: Int, _ batch: Int, _ chunk: Int, _ tiles: BackwardTiles
  ) {
    let ranges = keyTiles(block, chunk)
    if ranges.isEmpty { return }
    let rows = queryBlocks[block]
    let headIndex = batch * problem.headCount + head
    loadBlock(rows, head, batch, headIndex, tiles)
    let slope = problem.slopes.map { $0[head] * log2OfE } ?? 0
    for range in ranges {
      tiles.add(
        BackwardMask(
          geometry: geometry, chunkStart: chunks[chunk].lowerBound, queries: rows, keys: range,
          slope: slope), queryCount: rows.count)
    }
    let rowBlock = headIndex * queryBlocks.count + block
    var previous = chunk - 1
    while previous >= 0, !hasWork(block, previous) { previous -= 1 }
    accumulation.wait(for: previous, at: rowBlock)
    addQueryGradient(rows, head, batch, tiles)
    accumulation.finish(chunk, at: rowBlock)
  }

  private func hasWork(_ block: Int, _ chunk: Int) -> Bool {
    geometry.keyRuns(of: queryBlocks[block]).contains {
      !$0.range.clamped(to: chunks[chunk]).isEmpty
    }
  }

  private func loadBlock(
    _ rows: Range<Int>, _ head: Int, _ batch: Int, _ headIndex: Int, _ tiles: BackwardTiles
  ) {
    let padded = roundedUpRows(rows.count)
    let (queries, outputGradient) = (operands.queries, gradients.output)
    packRows(
      queries.head(head, batch: batch) + rows.lowerBound * queries.seqStride,
      stride: queries.seqStride, rowCount: rows.count, width: problem.headDim,
      into: tiles.queryRows, paddedWidth: tiles.paddedDim, paddedRowCount: padded)
    packRows(
      outputGradient.head(head, batch: batch) + rows.lowerBound * outputGradient.seqStride,
      stride: outputGradient.seqStride, rowCount: rows.count, width: problem.headDim,
      into: tiles.outputGradient, paddedWidth: tiles.paddedDim, paddedRowCount: padded)
    for row in 0..<padded {
      let at = headIndex * problem.queryLength + rows.lowerBound + row
      let lse = row < rows.count ? operands.logSumExp[at] : -.infinity
      // A row that sees no key has weights 0: 2^(s − ∞) is 0.
      tiles.logSumExp[row] = lse == -.infinity ? .infinity : lse * log2OfE
      tiles.delta[row] = row < rows.count ? delta[at] : 0
    }
    tiles.queryGradient.update(repeating: 0, count: padded * tiles.paddedDim)
  }

  private func addQueryGradient(
    _ rows: Range<Int>, _ head: Int, _ batch: Int, _ tiles: BackwardTiles
  ) {
    for (row, query) in rows.enumerated() {
      let target =
        gradients.queries.head(head, batch: batch) + query * gradients.queries.seqStride
      let source = tiles.queryGradient + row * tiles.paddedDim
      for d in 0..<problem.headDim { target[d] += source[d] * problem.scale }
    }
  }
}
