import TensorCore

extension Tape {
  /// A function of a small tensor, written in plain Swift and run on the host.
  ///
  /// Shapes: x and result are equal. `function` maps the elements of x to as many results, and gives
  /// the pullback, which maps the gradient of the results to that of x.
  ///
  /// - Complexity: a copy to the host and back in each direction, which waits for the device. Suitable
  ///   for vectors such as a router's scores, not for activations.
  /// - Precondition: as many results as elements.
  public func onHost(
    _ x: Variable, _ function: ([Float]) -> (results: [Float], pullback: ([Float]) -> [Float])
  ) -> Variable {
    let (results, pullback) = function(backend.read(x.value))
    precondition(
      results.count == x.shape.count,
      "onHost: \(results.count) results from \(x.shape.count) elements")
    let y = makeResult(x.shape)
    backend.write(results, to: y)
    return record(y, from: [x]) { [backend, input = x.slot] dy in
      let dx = backend.tensor(pullback(backend.read(dy)), dy.shape, .workspace)
      input.accumulate(dx, on: backend)
    }
  }
}
