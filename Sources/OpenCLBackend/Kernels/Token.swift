import TensorCore

extension ProgramText {
  fileprivate static let token = ProgramText(name: "Token.cl", text: PackageResources.Token_cl)
}

extension OpenCLBackend {
  public func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor) {
    guard let positions else { return gatherRows(table, rows: tokens, into: y) }
    runElements(
      "embed", of: .token, withReduction: true, count: y.count,
      [
        .list(list(tokens)), .tensor(table), .tensor(positions), .tensor(y),
        .integer(positions.shape.rowCount), .integer(table.shape.lastExtent),
        .integer(y.count),
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
