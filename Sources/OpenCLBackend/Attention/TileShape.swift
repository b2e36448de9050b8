/// How a tile of scores is shared out: the constants that the tiled kernels are compiled with.
struct TileShape: Codable, Hashable {
  /// Rows of a tile: queries, or keys where dK and dV are gathered.
  let rows: Int
  /// What passes by, so many at a time.
  let columns: Int
  let rowsPerItem: Int
  let columnsPerItem: Int

  var itemCount: Int { rows / rowsPerItem * (columns / columnsPerItem) }

  /// The head dimension that a kernel is compiled for.
  static func paddedDim(_ headDim: Int) -> Int { (headDim + 15) / 16 * 16 }

  /// Bytes of local memory, as the kernels declare it.
  func localBytes(_ pass: AttentionPass, headDim: Int) -> Int {
    let pitch = Self.paddedDim(headDim) + 4
    let across = columns / columnsPerItem
    let weights = rows * (columns + 4)
    let numbers =
      switch pass {
      case .forward: (rows + columns) * pitch + weights + rows * across
      case .queryGradient: 2 * (rows + columns) * pitch + weights
      case .keyGradient: 2 * (rows + columns) * pitch + 2 * weights
      }
    return numbers * 4
  }

  func constants(headDim: Int) -> [(name: String, value: Int)] {
    [
      ("DIM", Self.paddedDim(headDim)), ("ROWS", rows), ("COLUMNS", columns),
      ("ROWS_PER_ITEM", rowsPerItem), ("COLUMNS_PER_ITEM", columnsPerItem),
    ]
  }

  /// What is tried, the largest first: larger tiles read less, smaller ones fit where local memory is
  /// scarce or the head wide. The more numbers a work-item holds, the fewer it fetches for each
  /// multiplication, and the fewer work-items a device has room for.
  ///
  /// The kernels ask that rows and columns divide evenly, and that a row is shared by a multiple of
  /// four work-items.
  static let candidates = [
    TileShape(rows: 64, columns: 64, rowsPerItem: 4, columnsPerItem: 4),
    TileShape(rows: 64, columns: 48, rowsPerItem: 8, columnsPerItem: 6),
    TileShape(rows: 64, columns: 32, rowsPerItem: 8, columnsPerItem: 4),
    TileShape(rows: 64, columns: 32, rowsPerItem: 4, columnsPerItem: 4),
    TileShape(rows: 32, columns: 32, rowsPerItem: 4, columnsPerItem: 4),
    TileShape(rows: 32, columns: 32, rowsPerItem: 8, columnsPerItem: 4),
    TileShape(rows: 32, columns: 32, rowsPerItem: 4, columnsPerItem: 2),
    TileShape(rows: 16, columns: 16, rowsPerItem: 2, columnsPerItem: 2),
    TileShape(rows: 8, columns: 8, rowsPerItem: 1, columnsPerItem: 1),
  ]
}

/// The three tiled kernels: each has a tile shape of its own.
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
