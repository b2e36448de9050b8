import TensorCore

extension ProgramText {
  fileprivate static let dropout = ProgramText(
    name: "Dropout.cl", text: PackageResources.Dropout_cl)
}

extension OpenCLBackend {
  public func dropout(_ x: Tensor, _ mask: DropoutMask, residual: Tensor?, into y: Tensor) {
    runElements(
      "dropout", of: .dropout, count: x.count,
      [
        .tensor(x), .optional(residual), .tensor(y),
        .integer(Int(Int32(bitPattern: mask.key.first))),
        .integer(Int(Int32(bitPattern: mask.key.second))), .integer(Int(mask.threshold)),
        .float(mask.keptScale), .integer(x.count),
      ])
  }
}
