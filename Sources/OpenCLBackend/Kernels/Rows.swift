import TensorCore

extension ProgramText {
  /// What kernels share that give a group of work-items to each row.
  static let rows = ProgramText(name: "Rows.cl", text: PackageResources.Rows_cl)
}

/// Work-items of a row's group; `ITEMS` of Rows.cl.
private let rowItems = 128

extension OpenCLBackend {
  /// One group of work-items for each of `count` rows.
  func runRows(_ name: String, of text: ProgramText, count: Int, _ arguments: [Argument]) {
    run(name, of: [.rows, text], groups: count, items: rowItems, arguments)
  }
}
