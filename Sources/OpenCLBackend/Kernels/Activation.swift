import TensorCore

extension ProgramText {
  fileprivate static let activation = ProgramText(
    name: "Activation.cl", text: PackageResources.Activation_cl)
}

extension OpenCLBackend {
  public func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor, derivative: Tensor?) {
    runElements(
      "gelu", of: .activation, count: x.count,
      [
        .tensor(x), .optional(bias), .tensor(y), .optional(derivative),
        .integer(x.shape.lastExtent), .integer(x.count),
      ])
  }

  public func swiGLU(_ gateUp: Tensor, into y: Tensor) {
    runElements(
      "swiGLU", of: .activation, count: y.count,
      [.tensor(gateUp), .tensor(y), .integer(y.shape.lastExtent), .integer(y.count)])
  }

  public func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor) {
    runElements(
      "swiGLUBackward", of: .activation, count: dy.count,
      [
        .tensor(dy), .tensor(gateUp), .tensor(dGateUp), .integer(dy.shape.lastExtent),
        .integer(dy.count),
      ])
  }
}
