import TensorCore

// Tiled attention, backward: one block of queries against one tile of keys.
//
// Five products per tile. Here keys are in the lanes. `S = Q · Kᵀ` and `dO · Vᵀ` read panels of
// keys and values that are transposed once for a whole chunk of keys, and queries and output
// gradients as they are. The other three products need no transpose: `dV += Pᵀ · dO` and
// `dK += dSᵀ · Q` read P and dS by columns, `dQ += dS · K` by rows.
//
// Variants tried, forward and backward together, 4 causal heads of 64, 4,096 tokens, in GFLOP/s of
// one thread whose multiply-add peak was 127 (PyTorch 2.13 on the same machine: 67):
// - this layout, tiles of 96 × 96: 92.
// - the register tile's loop unrolled four times: 80. It ran out of registers for addresses here,
//   though not in the forward pass.
// - forward tiles of 192 keys and 24 panels: 96, kept.

/// The part of a chunk that a tile covers, and the keys that its rows see.
struct BackwardMask {
  let geometry: MaskGeometry
  /// First key of the chunk.
  let chunkStart: Int
  /// Queries of the block.
  let queries: Range<Int>
  /// Keys of the tile.
  let keys: Range<Int>
  /// ALiBi slope times log₂ e; 0 for none.
  let slope: Float
  /// For each panel of the tile, the index of its block's mask; −1 for none.
  let masks: SIMD8<Int32>

  init(
    geometry: MaskGeometry, chunkStart: Int, queries: Range<Int>, keys: Range<Int>, slope: Float
  ) {
    self.geometry = geometry
    self.chunkStart = chunkStart
    self.queries = queries
    self.keys = keys
    self.slope = slope
    var masks = SIMD8<Int32>(repeating: -1)
    let origin = (keys.lowerBound - chunkStart) / panelWidth * panelWidth + chunkStart
    for cut in geometry.cuts(of: queries, in: keys) {
      for panel in (cut.keys.lowerBound - origin) / panelWidth...(cut.keys.upperBound - 1 - origin)
        / panelWidth
      {
        masks[panel] = Int32(cut.mask)
      }
    }
    self.masks = masks
  }

  /// Keys of the tile that a row sees; none for rows past the last query.
  @inline(__always)
  func visible(_ row: Int) -> Range<Int> {
    let query = queries.lowerBound + row
    return query < queries.upperBound
      ? geometry.visibleKeys(of: query).clamped(to: keys) : keys.lowerBound..<keys.lowerBound
  }
}

extension BackwardTiles {
  /// Adds one tile's part of the gradients of queries, keys and values.
  func add(_ mask: BackwardMask, queryCount: Int) {
    let firstPanel = (mask.keys.lowerBound - mask.chunkStart) / panelWidth
    // The rows that use each panel: the sums for keys and values run over those only.
    var used = PanelRows()
    let split = splitRows(roundedUpRows(queryCount))
    var row = 0
    @inline(__always) func run<Tile: RegisterTile>(_: Tile.Type, times: Int) {
      for _ in 0..<times {
        addRows(Tile.self, row, mask, queryCount: queryCount, firstPanel, &used)
        row += Tile.rowCount
      }
    }
    run(Tile6.self, times: split.sixes)
    run(Tile4.self, times: split.fours)
    addToKeysAndValues(used, firstPanel: firstPanel, mask)
  }

  /// Scores, weights, score gradients and query gradients of one group of rows.
  @inline(__always)
  private func addRows<Tile: RegisterTile>(
    _: Tile.Type, _ row: Int, _ mask: BackwardMask, queryCount: Int, _ firstPanel: Int,
    _ used: inout PanelRows
  ) {
    let last = min(row + Tile.rowCount, queryCount) - 1
    let (first, end) = (mask.visible(row), mask.visible(last))
    let seen = (first.lowerBound, max(first.upperBound, end.upperBound))
    if seen.0 >= seen.1 { return }
    let uncut = (end.lowerBound, first.upperBound)
    let origin = mask.chunkStart
    for panel in (seen.0 - origin) / panelWidth..<(seen.1 - origin + panelWidth - 1) / panelWidth {
      let key = origin + panel * panelWidth
      used.add(panel - firstPanel, rows: row..<row + Tile.rowCount)
      let at = row * weightStride + (panel - firstPanel) * panelWidth
      var tile = Tile()
      tile.add(
        depth: headDim, queryRows + row * paddedDim, rowStride: paddedDim, depthStride: 1,
        keyPanels + panel * panelWidth * headDim, stride: panelWidth)
      tile.store(weights + at, stride: weightStride)
      if mask.slope != 0 { addBias(mask, row, Tile.rowCount, key: key, at: at) }
      let isCut = key < uncut.0 || key + panelWidth > uncut.1
      if isCut { cut(mask, row, Tile.rowCount, key: key, at: at) }
      let blockMask = mask.masks[panel - firstPanel]
      if blockMask >= 0 { cutInside(mask, Int(blockMask), row, Tile.rowCount, key: key, at: at) }
      var gradient = Tile()
      gradient.add(
        depth: headDim, outputGradient + row * paddedDim, rowStride: paddedDim, depthStride: 1,
        valuePanels + panel * panelWidth * headDim, stride: panelWidth)
      gradient.store(scoreGradient + at, stride: weightStride)
      finishScores(row, Tile.rowCount, at: at)
    }
    addToQueries(Tile.self, row, seen.0 - origin, count: seen.1 - seen.0, firstPanel)
  }

  /// `P = 2^(S − lse)`, `dS = P · (dP − δ)`, in place.
  @inline(__always)
  private func finishScores(_ row: Int, _ rowCount: Int, at: Int) {
    for r in 0..<rowCount {
      let (p, g) = (weights + at + r * weightStride, scoreGradient + at + r * weightStride)
      let base = Float8(repeating: logSumExp[row + r])
      let d = Float8(repeating: delta[row + r])
      let weight = (vexp2(load8(p) - base), vexp2(load8(p + 8) - base))
      store8(weight.0, to: p)
      store8(weight.1, to: p + 8)
      store8(weight.0 * (load8(g) - d), to: g)
      store8(weight.1 * (load8(g + 8) - d), to: g + 8)
    }
  }

  @inline(never)
  private func addBias(_ mask: BackwardMask, _ row: Int, _ rowCount: Int, key: Int, at: Int) {
    let shift = Float(mask.geometry.shift)
    for r in 0..<rowCount {
      let position = Float8(repeating: Float(mask.queries.lowerBound + row + r) + shift)
      for half in 0..<2 {
        let j = Float8(0, 1, 2, 3, 4, 5, 6, 7) + Float(key + 8 * half)
        let score = weights + at + r * weightStride + 8 * half
        let distance = position - j
        store8(
          load8(score).addingProduct(
            maximum(distance, -distance), Float8(repeating: -mask.slope)), to: score)
      }
    }
  }

  @inline(never)
  private func cut(_ mask: BackwardMask, _ row: Int, _ rowCount: Int, key: Int, at: Int) {
    for r in 0..<rowCount {
      let seen = mask.visible(row + r)
      let lower = Float8(repeating: Float(seen.lowerBound - key))
      let upper = Float8(repeating: Float(seen.upperBound - key))
      for half in 0..<2 {
        let j = Float8(0, 1, 2, 3, 4, 5, 6, 7) + Float(8 * half)
        let score = weights + at + r * weightStride + 8 * half
        store8(
          load8(score).replacing(with: -.infinity, where: (j .< lower) .| (j .>= upper)), to: score)
      }
    }
  }

  /// Masks the pairs that the pattern cuts inside a block.
  @inline(never)
  private func cutInside(
    _ mask: BackwardMask, _ blockMask: Int, _ row: Int, _ rowCount: Int, key: Int, at: Int
  ) {
    for r in 0..<rowCount {
      let query = min(mask.queries.lowerBound + row + r, mask.queries.upperBound - 1)
      let bits = mask.geometry.bits(ofQuery: query, from: key, mask: blockMask)
      let score = weights + at + r * weightStride
      store8(load8(score).replacing(with: -.infinity, where: clearBits(bits)), to: score)
      store8(
        load8(score + 8).replacing(with: -.infinity, where: clearBits(bits >> 8)), to: score + 8)
    }
  }

  /// `dQ += dS · K` for one group of rows.
  @inline(__always)
  private func addToQueries<Tile: RegisterTile>(
    _: Tile.Type, _ row: Int, _ key: Int, count: Int, _ firstPanel: Int
  ) {
    for column in stride(from: 0, to: paddedDim, by: panelWidth) {
      let at = queryGradient + row * paddedDim + column
      var tile = Tile()
      tile.add(
        depth: count, scoreGradient + row * weightStride + key - firstPanel * panelWidth,
        rowStride: weightStride, depthStride: 1, keyRows + key * paddedDim + column,
        stride: paddedDim)
      tile.add(at, stride: paddedDim)
      tile.store(at, stride: paddedDim)
    }
  }

  /// `dV += Pᵀ · dO` and `dK += dSᵀ · Q`, panels with the same rows together.
  private func addToKeysAndValues(_ used: PanelRows, firstPanel: Int, _ mask: BackwardMask) {
    var panel = 0
    while panel < PanelRows.capacity {
      let rows = used[panel]
      var end = panel + 1
      while end < PanelRows.capacity, used[end] == rows { end += 1 }
      if !rows.isEmpty {
        let key = (firstPanel + panel) * panelWidth
        let count = min((end - panel) * panelWidth, chunkLength - key)
        for column in stride(from: 0, to: paddedDim, by: panelWidth) {
          addColumns(
            weights, outputGradient + column, valueGradient + column, rows: rows, key: key,
            local: panel * panelWidth, count: count)
          addColumns(
            scoreGradient, queryRows + column, keyGradient + column, rows: rows, key: key,
            local: panel * panelWidth, count: count)
        }
      }
      panel = end
    }
  }

  @inline(__always)
  private func addColumns(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    rows: Range<Int>, key: Int, local: Int, count: Int
  ) {
    let split = splitRows(count)
    var j = 0
    @inline(__always) func run<Tile: RegisterTile>(_: Tile.Type, times: Int) {
      for _ in 0..<times {
        let at = c + (key + j) * paddedDim
        var tile = Tile()
        tile.add(
          depth: rows.count, a + rows.lowerBound * weightStride + local + j, rowStride: 1,
          depthStride: weightStride, b + rows.lowerBound * paddedDim, stride: paddedDim)
        tile.add(at, stride: paddedDim)
        tile.store(at, stride: paddedDim)
        j += Tile.rowCount
      }
    }
    run(Tile6.self, times: split.sixes)
    run(Tile4.self, times: split.fours)
  }
}
