/// Packs a part of a matrix `[k, n]` into panels of 16 columns, `[panel][depth][16]`, so that each
/// step of the inner loop reads one contiguous row of 16 elements. Columns beyond n are zero.
///
/// Rows of a model's matrices are a power of two apart: unpacked, those of a panel would displace
/// each other from the L1 cache.
func packPanels(
  _ matrix: MatrixView, depth: Range<Int>, columns: Range<Int>,
  into panels: UnsafeMutablePointer<Float>
) {
  for first in stride(from: columns.lowerBound, to: columns.upperBound, by: panelWidth) {
    let width = min(panelWidth, columns.upperBound - first)
    let source = matrix.pointer(depth.lowerBound, first)
    let panel = panels + (first - columns.lowerBound) * depth.count
    if matrix.isTransposed {
      packPanel(
        rows: source, stride: matrix.columnStride, rowCount: width, width: depth.count, scale: 1,
        into: panel)
    } else if width == panelWidth {
      for row in 0..<depth.count {
        let (from, to) = (source + row * matrix.rowStride, panel + row * panelWidth)
        store8(load8(from), to: to)
        store8(load8(from + 8), to: to + 8)
      }
    } else {
      packRows(
        source, stride: matrix.rowStride, rowCount: depth.count, width: width, into: panel,
        paddedWidth: panelWidth, paddedRowCount: depth.count)
    }
  }
}

/// Packs a part of a matrix `[m, k]` with contiguous columns (a transposed operand) into tiles of
/// six, four and one row, as `splitRows` splits them: `[tile][depth][rows of the tile]`.
func packTiles(
  _ matrix: MatrixView, rows: Range<Int>, depth: Range<Int>,
  into tiles: UnsafeMutablePointer<Float>
) {
  let (sixes, fours, ones) = splitRows(rows.count)
  // Step by step of depth: the order of the source, which comes from memory.
  for step in 0..<depth.count {
    var from = matrix.pointer(rows.lowerBound, depth.lowerBound + step)
    var tile = tiles
    for _ in 0..<sixes {
      let to = UnsafeMutableRawPointer(tile + step * 6)
      to.storeBytes(of: vector(at: from), as: SIMD4<Float>.self)
      (to + 16).storeBytes(of: vector(at: from + 4), as: SIMD2<Float>.self)
      from += 6
      tile += 6 * depth.count
    }
    for _ in 0..<fours {
      UnsafeMutableRawPointer(tile + step * 4).storeBytes(
        of: vector(at: from), as: SIMD4<Float>.self)
      from += 4
      tile += 4 * depth.count
    }
    for _ in 0..<ones {
      tile[step] = from[0]
      from += 1
      tile += depth.count
    }
  }
}

@inline(__always)
private func vector<Vector>(at pointer: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}
