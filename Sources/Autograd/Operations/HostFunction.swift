import TensorCore

extension Tape {
  /// A function of a small tensor that a lesson writes in plain Swift.
  ///
  /// `function` gives the results, as many as it was given numbers, and the pullback: from the
  /// gradient of the results to that of the numbers. Both run on the host.
  ///
  /// - Complexity: a copy to the host and back, each way, which waits for the device: for vectors,
  ///   such as a router's scores, not for activations.
  public func onHost(
    _ x: Variable, _ function: ([Float]) -> (results: [Float], pullback: ([Float]) -> [Float])
  ) -> Variable {
    let (results, pullback) = function(backend.read(x.value))
    precondition(
      results.count == x.shape.count,
      "onHost: \(results.count) results from \(x.shape.count) numbers")
    let y = makeResult(x.shape)
    backend.write(results, to: y)
    return record(y, from: [x]) { [backend, input = x.slot] dy in
      let dx = backend.tensor(pullback(backend.read(dy)), dy.shape, .workspace)
      input.receive(dx, on: backend)
    }
  }
}
