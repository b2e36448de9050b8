import TensorCore

extension Tape {
  /// Activation checkpointing: runs `body` and keeps only its result; the backward pass runs `body`
  /// again (Chen et al., 2016, section 4).
  ///
  /// Equivalent to `body(self)`, bit for bit, gradients included: the second run contributes to the
  /// same gradients in the same order. Only what the body captures is kept. So it should capture
  /// its input and weights, and compute everything else on the tape that is passed to it. Scopes
  /// nest: an inner scope keeps its input only while the outer body runs again.
  ///
  /// The body is called twice, each time with another tape, and must compute the same values each
  /// time. Dropout does, because a `DropoutMask` follows from a counter.
  /// - Complexity: one more run of the body in the backward pass; until then the memory of its
  ///   captured input and its result.
  /// - Precondition: the body records nothing on this tape.
  public func recomputing(_ body: @escaping (Tape) -> Variable) -> Variable {
    guard isRecording else { return body(self) }
    let before = recordCount
    let result = body(Tape(backend, mode: .tracking))
    precondition(
      recordCount == before,
      "recomputing: the body recorded on the outer tape; use the tape that is passed to it")
    guard result.needsGradient else { return result }
    return record(result.value, from: [result]) { [backend] gradient in
      let tape = Tape(backend)
      // Only the slot: the recomputed result's value is not needed.
      let slot = body(tape).slot
      slot.accumulate(backend.handingOver(&gradient), on: backend)
      tape.runBackward()
    }
  }
}

extension Backend {
  /// Moves the tensor out of the caller's variable, so that an operation may overwrite it.
  fileprivate func handingOver(_ tensor: inout Tensor) -> Tensor {
    defer { tensor = empty([0], .workspace) }
    return tensor
  }
}
