import COpenCL
import TensorCore

/// How a product is divided among groups. It depends on the sizes alone on every device that has the
/// local memory and the work-items for all tiles, so that the order of additions is the same there.
package struct ProductTiling {
  let tile: TileShape
  /// Tiles of C.
  let tileCount: Int
  /// Ranges of the sum over depth, each the work of other groups.
  package let rangeCount: Int
  let rangeDepth: Int
  /// The rows and columns of a tile.
  package var tileSize: (rows: Int, columns: Int) { (tile.rows, tile.columns) }

  /// `DEPTH` of Product.cl.
  fileprivate static let pieceDepth = 8
  /// Groups that a large device runs at once, and how many are enough for it: an H200 runs 264. A few
  /// more than that would take twice the time.
  private static let (wantedGroups, enoughGroups) = (256, 200)
  /// Shorter ranges would spend much of their time on writing and adding partial sums.
  private static let shortestRange = 512

  /// A piece of the rows and one of the columns must divide evenly, in quads, among the work-items of a
  /// group; see also `TileShape.candidates`.
  private static let tiles = [
    TileShape(rows: 128, columns: 128, rowsPerItem: 8, columnsPerItem: 8),
    TileShape(rows: 64, columns: 64, rowsPerItem: 8, columnsPerItem: 4),
    TileShape(rows: 32, columns: 32, rowsPerItem: 4, columnsPerItem: 4),
  ]

  /// The largest tile that gives enough groups, or else the smallest.
  /// - Returns: nil if the device does not have the local memory or the work-items for any.
  package init?(rows: Int, columns: Int, depth: Int, on device: OpenCLDevice) {
    var found: ProductTiling?
    for tile in Self.tiles
    where Self.localBytes(tile) <= device.localMemoryBytes
      && tile.itemCount <= device.largestGroup
    {
      let tileCount =
        (rows + tile.rows - 1) / tile.rows * ((columns + tile.columns - 1) / tile.columns)
      let ranges = max(1, min(depth / Self.shortestRange, Self.wantedGroups / tileCount))
      found = ProductTiling(tile, count: tileCount, depth: depth, ranges: ranges)
      if tileCount * ranges >= Self.enoughGroups { break }
    }
    guard let found else { return nil }
    self = found
  }

  private init(_ tile: TileShape, count: Int, depth: Int, ranges: Int) {
    self.tile = tile
    tileCount = count
    let pieces = (depth + Self.pieceDepth - 1) / Self.pieceDepth
    rangeDepth = (pieces + ranges - 1) / ranges * Self.pieceDepth
    rangeCount = (depth + rangeDepth - 1) / rangeDepth
  }

  /// Two pieces of the rows and two of the columns.
  private static func localBytes(_ tile: TileShape) -> Int {
    2 * pieceDepth * (tile.rows + 4 + tile.columns + 4) * 4
  }
}

extension OpenCLBackend {
  public func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool
  ) {
    // C [m, n] = op(A) [m, k] • op(B) [k, n]
    let (m, n) = (c.shape.rowCount, c.shape.lastExtent)
    let k = aTransposed ? a.shape.rowCount : a.shape.lastExtent
    guard failure == nil, m > 0, n > 0 else { return }
    if k == 0 {
      if !accumulate { fill(c, with: 0) }
      return
    }
    guard let tiling = ProductTiling(rows: m, columns: n, depth: k, on: device) else {
      return fail(.unsupported(operation: "a matrix product", device: device.label))
    }
    let (aStride, bStride) = (a.shape.lastExtent, b.shape.lastExtent)
    let isSplit = tiling.rangeCount > 1
    let isAligned = [a.offset, aStride, b.offset, bStride, isSplit ? 0 : c.offset, n]
      .allSatisfy { $0 % 4 == 0 }
    let text = ProgramText(
      name: "Product.cl", text: PackageResources.Product_cl,
      constants: [
        ("A_TRANSPOSED", aTransposed ? 1 : 0), ("B_TRANSPOSED", bTransposed ? 1 : 0),
        ("IS_ALIGNED", isAligned ? 1 : 0), ("DEPTH", ProductTiling.pieceDepth),
      ])
    let partials = isSplit ? space(bytes: tiling.rangeCount * m * n * 4) : nil
    run(
      "multiplyMatrices", of: [.tileItems(tiling.tile), text], groups: tiling.tileCount,
      times: tiling.rangeCount, items: tiling.tile.itemCount,
      [
        .tensor(a), .tensor(b), isSplit ? .buffer(partials) : .tensor(c), .integer(m), .integer(n),
        .integer(k), .integer(tiling.rangeDepth), .integer(aStride), .integer(bStride),
        .integer(accumulate && !isSplit ? 1 : 0),
      ])
    guard isSplit else { return }
    runRowsOfElements(
      "joinPieces", count: c.count,
      [
        .buffer(partials), .tensor(c), .integer(tiling.rangeCount), .integer(0), .integer(m * n),
        .integer(c.count), .integer(accumulate ? 1 : 0),
      ])
  }

  /// A buffer for partial sums, kept for the next product. The queue runs in order, so two products
  /// never use it at once.
  private func space(bytes: Int) -> cl_mem? {
    if let productSpace, productSpace.bytes >= bytes { return productSpace.buffer }
    if let productSpace { pool.give(productSpace.buffer, bytes: productSpace.bytes) }
    productSpace = takeBuffer(bytes: bytes).map { ($0, bytes) }
    return productSpace?.buffer
  }
}
