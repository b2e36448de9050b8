import TensorCore

extension Tape {
  /// The mean cross entropy of next-token predictions, in nats.
  ///
  /// Equivalent to the mean over rows of `logsumexp(logits[row]) − logits[row][targets[row]]`.
  /// Shapes: logits `[…, vocabulary]`, one target per row; result `[1]`. Rows with a negative
  /// target are ignored.
  ///
  /// A recording tape overwrites the logits with their gradient, in the same kernel, so that the
  /// two largest tensors of a small model share one buffer. Read the logits before, if you need
  /// them.
  ///
  /// - Complexity: O(elements) time; extra memory: one loss per row.
  /// - Precondition: one target per row, inside the vocabulary, and at least one is not negative;
  ///   on a recording tape, no other operation uses the logits.
  public func crossEntropy(_ logits: Variable, targets: [Int32]) -> Variable {
    let rows = logits.shape.rowCount
    precondition(
      targets.count == rows, "crossEntropy: \(targets.count) targets for logits \(logits.shape)")
    precondition(
      targets.allSatisfy { Int($0) < logits.shape.lastExtent },
      "crossEntropy: a target is outside the vocabulary of \(logits.shape)")
    let counted = targets.count { $0 >= 0 }
    precondition(counted > 0, "crossEntropy: no row has a target")

    let keepsGradient = isRecording && logits.needsGradient
    let losses = backend.empty([rows], .workspace)
    backend.crossEntropy(
      logits.value, targets: targets, losses: losses,
      gradientScale: keepsGradient ? 1 / Float(counted) : nil)
    let mean = backend.read(losses).reduce(0.0) { $0 + Double($1) } / Double(counted)
    let y = backend.tensor([Float(mean)], [1], resultPurpose)

    return record(y, from: [logits]) { [backend] dy in
      let factor = backend.read(dy)[0]
      if factor != 1 { backend.scale(logits.value, by: factor) }
      logits.slot.accumulate(logits.value, on: backend)
    }
  }

  /// The cross entropy of each row, in nats, without a gradient.
  ///
  /// Shapes: logits `[…, vocabulary]`; one target and one loss per row.
  public func tokenLosses(_ logits: Variable, targets: [Int32]) -> [Float] {
    precondition(
      targets.count == logits.shape.rowCount,
      "tokenLosses: \(targets.count) targets for logits \(logits.shape)")
    let losses = backend.empty([targets.count], .workspace)
    backend.crossEntropy(logits.value, targets: targets, losses: losses, gradientScale: nil)
    return backend.read(losses)
  }
}
