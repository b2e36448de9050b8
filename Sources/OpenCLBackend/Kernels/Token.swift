import TensorCore

extension ProgramText {
  fileprivate static let token = ProgramText(name: "Token.cl", text: PackageResources.Token_cl)
}

extension OpenCLBackend {
  public func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor) {
    runElements(
      "embed", of: .token, withRows: true, count: y.count,
      [
        .list(list(tokens)), .tensor(table), .optional(positions), .tensor(y),
        .integer(positions?.shape.rowCount ?? 1), .integer(table.shape.lastExtent),
        .integer(y.count),
      ])
  }

  public func embedBackward(_ dy: Tensor, tokens: [Int32], into dTable: Tensor) {
    // Sorted by token here, so that on the device each entry is one work-item's: no two add to the
    // same number, and rows are added in their order.
    let order = tokens.indices.sorted { (tokens[$0], $0) < (tokens[$1], $1) }
    let starts = order.indices.filter { $0 == 0 || tokens[order[$0]] != tokens[order[$0 - 1]] }
    let (width, items) = (dTable.shape.lastExtent, min(64, device.largestGroup))
    run(
      "embedBackward", of: [.rows, .token], groups: (width + items - 1) / items,
      times: starts.count, items: items,
      [
        .tensor(dy), .list(list(order.map { Int32($0) })),
        .list(list((starts + [order.count]).map { Int32($0) })),
        .list(list(starts.map { tokens[order[$0]] })), .tensor(dTable), .integer(width),
      ])
  }

  public func crossEntropy(
    _ logits: Tensor, targets: [Int32], losses: Tensor, gradientScale: Float?
  ) {
    runRows(
      "crossEntropy", of: .token, count: logits.shape.rowCount,
      [
        .tensor(logits), .list(list(targets)), .tensor(losses),
        .integer(gradientScale == nil ? 0 : 1), .float(gradientScale ?? 0),
        .integer(logits.shape.lastExtent),
      ])
  }
}
