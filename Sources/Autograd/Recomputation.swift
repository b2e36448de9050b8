import TensorCore

extension Tape {
  /// Runs `body` and keeps none of what it computes but the result; the backward pass runs it again
  /// (Chen et al., 2016, section 4).
  ///
  /// Equivalent to `body(self)`, bit for bit, gradients included: the second run contributes to the
  /// very same slots, in the order in which the first would have. What the body captures is what is
  /// kept, so it captures its input and weights and makes everything else on the tape it is given.
  /// Scopes nest: a scope inside the body keeps its input from the time the body runs again.
  ///
  /// The body is called twice, on another tape each time, and computes the same numbers each time:
  /// what is random in it follows from a counter (`DropoutMask`).
  /// - Complexity: the body once more, in the backward pass; until then the memory of its captured
  ///   input and its result.
  /// - Precondition: the body records nothing on this tape.
  public func recomputing(_ body: @escaping (Tape) -> Variable) -> Variable {
    guard isRecording else { return body(self) }
    let before = recordCount
    let result = body(Tape(backend, mode: .forgetting))
    precondition(
      recordCount == before,
      "recomputing: the body recorded on the outer tape; use the tape that it is given")
    guard result.needsGradient else { return result }
    return record(result.value, from: [result]) { [backend] gradient in
      let tape = Tape(backend)
      // The slot alone: the result's numbers are not needed again.
      let slot = body(tape).slot
      slot.receive(backend.handingOver(&gradient), on: backend)
      tape.runBackward()
    }
  }
}

extension Backend {
  /// The tensor, held by nobody but whoever takes it: so that it may be overwritten further on.
  fileprivate func handingOver(_ tensor: inout Tensor) -> Tensor {
    defer { tensor = empty([0], .workspace) }
    return tensor
  }
}
