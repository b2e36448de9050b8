import TensorCore

extension Tape {
  /// Applies a Swift function on the host to a small tensor, as PyTorch's `autograd.Function`.
  ///
  /// Shapes: x and result are equal. `function` maps the elements of x to one result each, and
  /// returns the pullback, which maps the gradient of the results to that of x.
  ///
  /// - Complexity: a copy to the host and back in each direction, which waits for the device.
  ///   Suitable for vectors such as a router's scores, not for activations.
  /// - Precondition: `function` returns one result per element of x.
  public func onHost(
    _ x: Variable, _ function: ([Float]) -> (results: [Float], pullback: ([Float]) -> [Float])
  ) -> Variable {
    let (results, pullback) = function(backend.read(x.value))
    precondition(
      results.count == x.shape.count,
      "onHost: \(results.count) results for \(x.shape.count) elements; there must be one each")
    let y = makeResult(x.shape)
    backend.write(results, to: y)
    return record(y, from: [x]) { [backend, input = x.slot] dy in
      let dx = backend.tensor(pullback(backend.read(dy)), dy.shape, .workspace)
      input.accumulate(dx, on: backend)
    }
  }
}
