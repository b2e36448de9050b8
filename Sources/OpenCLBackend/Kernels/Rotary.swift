import TensorCore

extension ProgramText {
  fileprivate static let rotary = ProgramText(name: "Rotary.cl", text: PackageResources.Rotary_cl)
}

extension OpenCLBackend {
  public func rotate(
    _ source: Tensor, into target: Tensor, cosines: Tensor, sines: Tensor, firstPosition: Int,
    firstHead: Int, headCount: Int, headDim: Int, pairing: RotaryPairing, inverse: Bool
  ) {
    let width = source.shape.lastExtent
    let count = source.shape.rowCount * ((width + 1) / 2)
    runElements(
      "rotateHeads", of: .rotary, count: count,
      [
        .tensor(source), .tensor(target), .tensor(cosines), .tensor(sines), .integer(width),
        .integer(source.shape[1]), .integer(firstPosition), .integer(firstHead * headDim),
        .integer((firstHead + headCount) * headDim), .integer(headDim),
        .integer(pairing == .interleaved ? 1 : 0), .float(inverse ? -1 : 1), .integer(count),
      ])
  }
}
