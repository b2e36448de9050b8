import TensorCore

extension ProgramText {
  /// Sums and maxima over a group of work-items, for kernels that give a group to each row.
  static let reduction = ProgramText(name: "Reduction.cl", text: PackageResources.Reduction_cl)
}

/// Work-items of a row's group; `ITEMS` of Reduction.cl.
private let rowItems = 128

extension OpenCLBackend {
  /// Queues one kernel with a group of work-items for each of `count` rows.
  func runRows(_ name: String, of text: ProgramText, count: Int, _ arguments: [Argument]) {
    run(name, of: [.reduction, text], groups: count, items: rowItems, arguments)
  }
}
