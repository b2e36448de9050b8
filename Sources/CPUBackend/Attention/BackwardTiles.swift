// The workspace of one thread during the backward pass.

/// Rows of queries in a block, and keys in a tile.
let backwardTile = 96
/// Elements from one row of P or dS to the next: a tile that starts within a panel needs one panel
/// more.
let weightStride = backwardTile + panelWidth

/// One thread's tiles for the backward pass.
struct BackwardTiles {
  let headDim: Int
  /// The head dimension rounded up to whole register tiles.
  let paddedDim: Int
  let chunkLength: Int
  // For the chunk: transposed, `[panel, headDim, 16]`, and by rows, `[key, paddedDim]`.
  let keyPanels: UnsafeMutablePointer<Float>
  let valuePanels: UnsafeMutablePointer<Float>
  let keyRows: UnsafeMutablePointer<Float>
  let keyGradient: UnsafeMutablePointer<Float>
  let valueGradient: UnsafeMutablePointer<Float>
  // For the block of queries: by rows, `[query, paddedDim]`.
  let queryRows: UnsafeMutablePointer<Float>
  let outputGradient: UnsafeMutablePointer<Float>
  let queryGradient: UnsafeMutablePointer<Float>
  // `[query, weightStride]`
  let weights: UnsafeMutablePointer<Float>
  let scoreGradient: UnsafeMutablePointer<Float>
  // One per query.
  let logSumExp: UnsafeMutablePointer<Float>
  let delta: UnsafeMutablePointer<Float>

  /// Keys whose panels, rows and gradients stay in the L2 cache together.
  static func chunkLength(headDim: Int) -> Int {
    headDim <= 64 ? 4 * backwardTile : 2 * backwardTile
  }

  private static func counts(headDim: Int, chunkLength: Int) -> [Int] {
    let padded = (headDim + panelWidth - 1) / panelWidth * panelWidth
    let rows = backwardTile + 8
    return [
      chunkLength * headDim, chunkLength * headDim, chunkLength * padded, chunkLength * padded,
      chunkLength * padded, rows * padded, rows * padded, rows * padded, rows * weightStride,
      rows * weightStride, rows, rows,
    ]
  }

  static func floatCount(headDim: Int) -> Int {
    counts(headDim: headDim, chunkLength: chunkLength(headDim: headDim)).reduce(0, +)
  }

  init(_ base: UnsafeMutablePointer<Float>, headDim: Int) {
    self.headDim = headDim
    chunkLength = Self.chunkLength(headDim: headDim)
    paddedDim = (headDim + panelWidth - 1) / panelWidth * panelWidth
    var next = base
    let starts = Self.counts(headDim: headDim, chunkLength: chunkLength).map { count in
      defer { next += count }
      return next
    }
    (keyPanels, valuePanels, keyRows) = (starts[0], starts[1], starts[2])
    (keyGradient, valueGradient) = (starts[3], starts[4])
    (queryRows, outputGradient, queryGradient) = (starts[5], starts[6], starts[7])
    (weights, scoreGradient) = (starts[8], starts[9])
    (logSumExp, delta) = (starts[10], starts[11])
  }
}

/// For each panel of a tile, the rows whose scores it holds: one interval each.
struct PanelRows {
  static var capacity: Int { weightStride / panelWidth }
  private var lower = SIMD8<Int32>(repeating: .max)
  private var upper = SIMD8<Int32>(repeating: 0)

  @inline(__always)
  mutating func add(_ panel: Int, rows: Range<Int>) {
    lower[panel] = min(lower[panel], Int32(rows.lowerBound))
    upper[panel] = max(upper[panel], Int32(rows.upperBound))
  }

  @inline(__always)
  subscript(panel: Int) -> Range<Int> {
    upper[panel] == 0 ? 0..<0 : Int(lower[panel])..<Int(upper[panel])
  }
}
