import TensorCore

extension ProgramText {
  fileprivate static let headCopy = ProgramText(
    name: "HeadCopy.cl", text: PackageResources.HeadCopy_cl)
}

extension OpenCLBackend {
  public func copyHeads(
    _ source: HeadView, into target: HeadView, at position: Int, _ batchCount: Int, _ length: Int,
    _ headCount: Int, _ headDim: Int
  ) {
    let count = batchCount * length * headCount * headDim
    runElements(
      "copyHeads", of: .headCopy, count: count,
      [
        .view(source), .view(target), .integer(position), .integer(length), .integer(headCount),
        .integer(headDim), .integer(count),
      ])
  }
}
