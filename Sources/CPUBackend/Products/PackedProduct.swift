// `C [m, n] = A [m, k] · B [k, n]` in register tiles of 6 × 16.
//
// B is packed into panels of 16 columns, in blocks of at most 256 steps of depth: a panel is then 16
// KiB, half of an L1 cache. Two orders of the work:
//
// - A by rows (forward passes, gradients of inputs): all of B, a weight, is packed once and shared;
//   a task computes some rows of C. A is read in place.
// - A transposed (gradients of weights: k is the number of tokens, m and n are widths): a task
//   computes some columns of C over a part of the depth, in pieces that depend on k only. The pieces
//   are added in order.
//
// Every element of C is one sum in ascending order of depth within a block, and blocks and pieces are
// added in order, so that results are the same for every thread count.

/// A matrix by its strides: element (i, j) is at `i · rowStride + j · columnStride`.
struct MatrixView {
  let start: UnsafePointer<Float>
  let rowStride: Int
  let columnStride: Int
  /// Whether it is the transpose of a row-major matrix. The strides do not say it: with one column both
  /// are 1.
  let isTransposed: Bool

  /// Row-major with `width` columns, or the transpose of that.
  init(_ start: UnsafePointer<Float>, width: Int, isTransposed: Bool) {
    self.start = start
    self.isTransposed = isTransposed
    (rowStride, columnStride) = isTransposed ? (1, width) : (width, 1)
  }

  @inline(__always)
  func pointer(_ row: Int, _ column: Int) -> UnsafePointer<Float> {
    start + row * rowStride + column * columnStride
  }
}

/// One product by packed panels.
struct PackedProduct {
  let a: MatrixView
  let b: MatrixView
  let c: UnsafeMutablePointer<Float>
  /// Elements from one row of C to the next.
  let cStride: Int
  let m: Int
  let n: Int
  let k: Int
  let accumulates: Bool

  /// Whether the panels pay: B has to be packed, which costs as much as a few rows of C.
  var isLarge: Bool { m >= 24 && n >= panelWidth && k >= 8 }

  /// A block of depth: at most 256 steps, all blocks about equally long.
  static func blocks(of depth: Range<Int>) -> [Range<Int>] {
    let count = max(1, (depth.count + 255) / 256)
    return (0..<count).map {
      depth.lowerBound + $0 * depth.count / count..<depth.lowerBound + ($0 + 1) * depth.count
        / count
    }
  }

  var paddedColumns: Int { (n + panelWidth - 1) / panelWidth * panelWidth }
}

// MARK: A by rows

extension PackedProduct {
  /// Elements of B's panels.
  var panelCount: Int { k * paddedColumns }

  /// Packs the panels of `columns`, a multiple of 16 each but the last, of all blocks of depth.
  func pack(columns: Range<Int>, into panels: UnsafeMutablePointer<Float>) {
    for block in Self.blocks(of: 0..<k) {
      packPanels(
        b, depth: block, columns: columns,
        into: panels + block.lowerBound * paddedColumns + columns.lowerBound * block.count)
    }
  }

  /// Computes some rows of C from the packed panels.
  func multiply(rows: Range<Int>, panels: UnsafePointer<Float>) {
    for block in Self.blocks(of: 0..<k) {
      let panels = panels + block.lowerBound * paddedColumns
      for first in stride(from: 0, to: n, by: panelWidth) {
        multiplyPanel(
          a.pointer(rows.lowerBound, block.lowerBound), rowCount: rows.count,
          rowStride: a.rowStride, depthStride: a.columnStride, depth: block.count,
          panel: panels + first * block.count, into: c + rows.lowerBound * cStride + first,
          stride: cStride, width: min(panelWidth, n - first),
          accumulates: accumulates || block.lowerBound > 0)
      }
    }
  }
}

// MARK: A transposed

extension PackedProduct {
  /// Columns of a task.
  static let groupWidth = 256
  /// Rows of A that are packed at a time, so that they stay in the L2 cache with the panels.
  private static let packedRowCount = 264

  /// The parts of the depth, which are summed separately.
  var pieces: [Range<Int>] {
    let count = max(1, min(8, k / 512))
    return (0..<count).map { $0 * k / count..<($0 + 1) * k / count }
  }

  var groupCount: Int { (n + Self.groupWidth - 1) / Self.groupWidth }

  /// Elements of the workspace of one thread.
  var workspaceCount: Int {
    256 * (min(Self.groupWidth, paddedColumns) + min(Self.packedRowCount, m))
  }

  /// Computes columns of C over a part of the depth, into `sums`, `[m, n]` with rows of `stride`. The
  /// workspace is that of this thread.
  func multiplyPart(
    depth: Range<Int>, group: Int, into sums: UnsafeMutablePointer<Float>, stride: Int,
    accumulates: Bool, workspace: UnsafeMutablePointer<Float>
  ) {
    let columns = group * Self.groupWidth..<min(n, (group + 1) * Self.groupWidth)
    let tiles = workspace + 256 * min(Self.groupWidth, paddedColumns)
    for block in Self.blocks(of: depth) {
      packPanels(b, depth: block, columns: columns, into: workspace)
      for firstRow in Swift.stride(from: 0, to: m, by: Self.packedRowCount) {
        let rows = firstRow..<min(m, firstRow + Self.packedRowCount)
        packTiles(a, rows: rows, depth: block, into: tiles)
        for first in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: panelWidth)
        {
          multiplyPanel(
            tiles, rowCount: rows.count, rowStride: 1, depthStride: nil, depth: block.count,
            panel: workspace + (first - columns.lowerBound) * block.count,
            into: sums + firstRow * stride + first, stride: stride,
            width: min(panelWidth, columns.upperBound - first),
            accumulates: accumulates || block.lowerBound > depth.lowerBound)
        }
      }
    }
  }
}

// MARK: One panel

/// Rows of A, the first at `a`, times one panel of B.
///
/// `depthStride` is the number of elements from one step of depth to the next, nil for rows packed by
/// `packTiles`. `width` columns of the panel are kept, at most 16.
private func multiplyPanel(
  _ a: UnsafePointer<Float>, rowCount: Int, rowStride: Int, depthStride: Int?, depth: Int,
  panel: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, stride: Int, width: Int,
  accumulates: Bool
) {
  let split = splitRows(rowCount)
  var (a, c) = (a, c)
  @inline(__always) func run<Tile: RegisterTile>(_: Tile.Type, times: Int) {
    for _ in 0..<times {
      multiplyTile(
        Tile.self, a, rowStride, depthStride ?? Tile.rowCount, depth, panel, c, stride, width,
        accumulates)
      a += (depthStride == nil ? depth : rowStride) * Tile.rowCount
      c += stride * Tile.rowCount
    }
  }
  run(Tile6.self, times: split.sixes)
  run(Tile4.self, times: split.fours)
  run(Tile1.self, times: split.ones)
}

// One function for each tile: inlined into one, the three loops spill registers.
@inline(never)
private func multiplyTile<Tile: RegisterTile>(
  _: Tile.Type, _ a: UnsafePointer<Float>, _ rowStride: Int, _ depthStride: Int, _ depth: Int,
  _ panel: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ width: Int,
  _ accumulates: Bool
) {
  if width == panelWidth {
    var tile = Tile()
    tile.add(
      depth: depth, a, rowStride: rowStride, depthStride: depthStride, panel, stride: panelWidth)
    // Added to C at the end: a sum that starts from a large C rounds at every step of the depth.
    if accumulates { tile.add(c, stride: stride) }
    tile.store(c, stride: stride)
  } else {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 6 * panelWidth) { buffer in
      guard let sums = buffer.baseAddress else { return }
      var tile = Tile()
      tile.add(
        depth: depth, a, rowStride: rowStride, depthStride: depthStride, panel, stride: panelWidth)
      tile.store(sums, stride: panelWidth)
      for row in 0..<Tile.rowCount {
        for column in 0..<width {
          let sum = sums[row * panelWidth + column]
          c[row * stride + column] = accumulates ? c[row * stride + column] + sum : sum
        }
      }
    }
  }
}
