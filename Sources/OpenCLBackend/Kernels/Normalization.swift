import TensorCore

extension ProgramText {
  fileprivate static let norm = ProgramText(
    name: "Normalization.cl", text: PackageResources.Normalization_cl)
  fileprivate static let normBackward = ProgramText(
    name: "NormalizationBackward.cl", text: PackageResources.NormalizationBackward_cl)
}

extension OpenCLBackend {
  public func layerNorm(
    _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into y: Tensor, mean: Tensor,
    rstd: Tensor
  ) {
    runRows(
      "layerNorm", of: .norm, count: x.shape.rowCount,
      [
        .tensor(x), .tensor(weight), .tensor(bias), .tensor(y), .tensor(mean),
        .tensor(rstd), .float(epsilon), .integer(x.shape.lastExtent),
      ])
  }

  public func layerNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor, rstd: Tensor,
    dx: Tensor, accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool, dBias: Tensor,
    accumulateBias: Bool
  ) {
    let width = x.shape.lastExtent
    let partials = weightPieces(dy, x: x, mean: mean, rstd, stride: 2 * width)
    join(partials, into: dWeight, first: 0, accumulate: accumulateWeight)
    join(partials, into: dBias, first: width, accumulate: accumulateBias)
    inputGradient(
      dy, x: x, weight: weight, mean: mean, rstd, dx: dx, accumulate: accumulate)
  }

  public func rmsNorm(
    _ x: Tensor, weight: Tensor, epsilon: Float, into y: Tensor, rstd: Tensor
  ) {
    runRows(
      "rmsNorm", of: .norm, count: x.shape.rowCount,
      [
        .tensor(x), .tensor(weight), .tensor(y), .tensor(rstd), .float(epsilon),
        .integer(x.shape.lastExtent),
      ])
  }

  public func rmsNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, dx: Tensor,
    accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool
  ) {
    let partials = weightPieces(
      dy, x: x, mean: nil, rstd, stride: x.shape.lastExtent)
    join(partials, into: dWeight, first: 0, accumulate: accumulateWeight)
    inputGradient(
      dy, x: x, weight: weight, mean: nil, rstd, dx: dx, accumulate: accumulate)
  }

  private func weightPieces(
    _ dy: Tensor, x: Tensor, mean: Tensor?, _ rstd: Tensor, stride: Int
  ) -> Tensor {
    let (width, rowCount) = (x.shape.lastExtent, x.shape.rowCount)
    let partials = empty([sumPieceCount(rowCount: rowCount), stride], .workspace)
    let items = min(128, device.largestGroup)
    run(
      "normWeightPieces", of: [.reduction, .normBackward], groups: (width + items - 1) / items,
      times: partials.shape[0], items: items,
      [
        .tensor(dy), .tensor(x), .optional(mean), .tensor(rstd),
        .tensor(partials), .integer(rowCount), .integer(width), .integer(stride),
      ])
    return partials
  }

  private func inputGradient(
    _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor?, _ rstd: Tensor,
    dx: Tensor, accumulate: Bool
  ) {
    runRows(
      "normBackward", of: .normBackward, count: x.shape.rowCount,
      [
        .tensor(dy), .tensor(x), .tensor(weight), .optional(mean), .tensor(rstd),
        .tensor(dx), .integer(accumulate ? 1 : 0), .integer(x.shape.lastExtent),
      ])
  }
}
