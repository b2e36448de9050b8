import TensorCore

extension Tape {
  /// The mean cross entropy in nats of next-token predictions.
  ///
  /// Equivalent to `mean over rows of (logsumexp(logits[row]) − logits[row][targets[row]])`.
  /// Shapes: logits `[…, vocabulary]`, one target a row; the result is one number. Rows with a
  /// negative target do not count.
  ///
  /// With recording, the gradient is written over the logits in the same pass, so the two largest
  /// tensors of a small model are one. Read the logits before, if you need them.
  /// - Precondition: a target for each row, inside the vocabulary, at least one of them not negative.
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
      logits.slot.receive(logits.value, on: backend)
    }
  }

  /// The cross entropy of each row by itself, in nats, without a gradient.
  public func tokenLosses(_ logits: Variable, targets: [Int32]) -> [Float] {
    precondition(
      targets.count == logits.shape.rowCount,
      "tokenLosses: \(targets.count) targets for logits \(logits.shape)")
    let losses = backend.empty([targets.count], .workspace)
    backend.crossEntropy(logits.value, targets: targets, losses: losses, gradientScale: nil)
    return backend.read(losses)
  }
}
