/// How work-items share a tile of scores or of a product: the constants that the tiled kernels are
/// compiled with.
struct TileShape: Codable, Hashable {
  /// Rows of a tile: queries, or keys in the kernel for dK and dV.
  let rows: Int
  /// Columns of a tile: keys, or queries in the kernel for dK and dV.
  let columns: Int
  let rowsPerItem: Int
  let columnsPerItem: Int

  var itemCount: Int { rows / rowsPerItem * (columns / columnsPerItem) }

  /// `DIM` of AttentionTile.cl.
  static func paddedDim(_ headDim: Int) -> Int { (headDim + 15) / 16 * 16 }

  /// Bytes of local memory that the attention kernels declare.
  func localBytes(_ pass: AttentionPass, headDim: Int) -> Int {
    let pitch = Self.paddedDim(headDim) + 4
    let stream = max(columns * pitch, rows * (columns + 4))
    let elements =
      switch pass {
      case .forward: rows * pitch + stream + rows * columns / columnsPerItem
      case .queryGradient: 2 * rows * pitch + stream
      case .keyGradient: 2 * rows * pitch + stream + 2 * columns
      }
    return elements * 4
  }

  /// The shapes to try, the largest first. Larger tiles read less; smaller ones fit if local memory
  /// is scarce or the head dimension is large. The more elements a work-item holds, the fewer it
  /// loads per multiply-add, and the fewer work-items a device has room for.
  ///
  /// The kernels require that rows and columns divide evenly, and that a group is a multiple of eight
  /// work-items down and of four across.
  static let candidates = [
    TileShape(rows: 64, columns: 64, rowsPerItem: 8, columnsPerItem: 8),
    TileShape(rows: 64, columns: 64, rowsPerItem: 8, columnsPerItem: 4),
    TileShape(rows: 64, columns: 32, rowsPerItem: 8, columnsPerItem: 4),
    TileShape(rows: 32, columns: 64, rowsPerItem: 4, columnsPerItem: 8),
    TileShape(rows: 32, columns: 64, rowsPerItem: 4, columnsPerItem: 4),
    TileShape(rows: 32, columns: 32, rowsPerItem: 4, columnsPerItem: 4),
    TileShape(rows: 32, columns: 32, rowsPerItem: 4, columnsPerItem: 2),
    TileShape(rows: 16, columns: 16, rowsPerItem: 2, columnsPerItem: 2),
    TileShape(rows: 8, columns: 8, rowsPerItem: 1, columnsPerItem: 1),
  ]
}

extension ProgramText {
  /// How the work-items of a group share a tile.
  static func tileItems(_ shape: TileShape) -> ProgramText {
    ProgramText(
      name: "TileItems.cl", text: PackageResources.TileItems_cl,
      constants: [
        ("ROWS", shape.rows), ("COLUMNS", shape.columns), ("ROWS_PER_ITEM", shape.rowsPerItem),
        ("COLUMNS_PER_ITEM", shape.columnsPerItem),
      ])
  }
}

/// The three tiled kernels; each has its own tile shape.
enum AttentionPass: String, CaseIterable, Codable {
  case forward, queryGradient, keyGradient

  var kernel: String {
    switch self {
    case .forward: "attentionForward"
    case .queryGradient: "attentionQueryGradient"
    case .keyGradient: "attentionKeyGradient"
    }
  }
}
