import TensorCore

extension ProgramText {
  fileprivate static let softmax = ProgramText(
    name: "Softmax.cl", text: PackageResources.Softmax_cl)
}

extension OpenCLBackend {
  public func softmaxRows(_ x: Tensor, scale: Float, isCausal: Bool) {
    let rows = x.shape.rank > 1 ? x.shape[x.shape.rank - 2] : 1
    runRows(
      "softmaxRows", of: .softmax, count: x.shape.rowCount,
      [
        .tensor(x), .float(scale), .integer(isCausal ? 1 : 0), .integer(rows),
        .integer(x.shape.lastExtent),
      ])
  }

  public func softmaxRowsBackward(_ dy: Tensor, y: Tensor, scale: Float) {
    runRows(
      "softmaxRowsBackward", of: .softmax, count: dy.shape.rowCount,
      [.tensor(dy), .tensor(y), .float(scale), .integer(dy.shape.lastExtent)])
  }
}
