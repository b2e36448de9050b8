import TensorCore

extension Tape {
  /// The mean cross entropy of a projection in nats, with the logits of `chunk` rows at a time.
  ///
  /// Equivalent to `crossEntropy(linear(x, weight), targets: targets)` up to rounding. The logits
  /// of all rows are never in memory: each chunk's logits are computed for the loss and freed, and
  /// computed again for the gradient. Shapes: x `[…, in]`; weight `[in, vocabulary]`, or
  /// `[vocabulary, in]` if `weightTransposed`; one target per row; result `[1]`. Rows with a
  /// negative target are ignored.
  ///
  /// - Complexity: 2·rows·in·vocabulary FLOPs forward and three times that backward, one product
  ///   more than with all logits; extra memory: the logits of one chunk.
  /// - Precondition: the shapes agree, `chunk` is positive, and at least one target is not negative.
  public func chunkedCrossEntropy(
    _ x: Variable, _ weight: Variable, weightTransposed: Bool = false, targets: [Int32],
    chunk: Int
  ) -> Variable {
    let (inner, outer) =
      weightTransposed
      ? (weight.shape[1], weight.shape[0]) : (weight.shape[0], weight.shape[1])
    let rows = x.shape.rowCount
    precondition(chunk > 0, "chunkedCrossEntropy: a chunk of \(chunk) rows; it needs at least one")
    precondition(
      x.shape.lastExtent == inner && targets.count == rows,
      "chunkedCrossEntropy: x \(x.shape), weight \(weight.shape), \(targets.count) targets")
    precondition(
      targets.allSatisfy { Int($0) < outer },
      "chunkedCrossEntropy: a target is outside the vocabulary of \(outer)")
    let counted = targets.count { $0 >= 0 }
    precondition(counted > 0, "chunkedCrossEntropy: no row has a target")

    let chunks = stride(from: 0, to: rows, by: chunk).map { $0..<min(rows, $0 + chunk) }
    let flat = x.value.reshaped([rows, inner])
    let purpose = resultPurpose
    /// The losses of a chunk, and its logits or their gradient.
    let pass = { [backend] (range: Range<Int>, scale: Float?) -> (losses: Tensor, logits: Tensor) in
      let logits = backend.empty([range.count, outer], purpose)
      backend.multiply(
        flat.slice(range), transposed: false, weight.value, transposed: weightTransposed,
        into: logits, accumulate: false)
      let losses = backend.empty([range.count], .workspace)
      backend.crossEntropy(
        logits, targets: Array(targets[range]), losses: losses, gradientScale: scale)
      return (losses, logits)
    }
    let sum = chunks.reduce(0.0) { sum, range in
      backend.read(pass(range, nil).losses).reduce(sum) { $0 + Double($1) }
    }
    let y = backend.tensor([Float(sum / Double(counted))], [1], purpose)

    return record(y, from: [x, weight]) { [backend] dy in
      let scale = backend.read(dy)[0] / Float(counted)
      x.slot.accumulate(on: backend, isAlwaysRun: true) { dx, accumulateX in
        let flatGradient = dx.reshaped([rows, inner])
        for range in chunks {
          let gradient = pass(range, scale).logits
          weight.slot.accumulate(on: backend) { target, accumulate in
            // [in, rows] • [rows, vocabulary], or its transpose.
            let (a, b) =
              weightTransposed ? (gradient, flat.slice(range)) : (flat.slice(range), gradient)
            backend.multiply(
              a, transposed: true, b, transposed: false, into: target, accumulate: accumulate)
          }
          backend.multiply(
            gradient, transposed: false, weight.value, transposed: !weightTransposed,
            into: flatGradient.slice(range), accumulate: accumulateX)
        }
      }
    }
  }
}
