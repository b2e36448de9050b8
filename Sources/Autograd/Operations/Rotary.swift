import TensorCore

/// The angles of a rotary embedding, as cosines and sines.
public struct RotationTable {
  /// `[positions, headDim / 2]`
  public let cosines: Tensor
  public let sines: Tensor
  public let pairing: RotaryPairing

  public init(cosines: Tensor, sines: Tensor, pairing: RotaryPairing) {
    precondition(
      cosines.shape == sines.shape, "rotation: cosines \(cosines.shape), sines \(sines.shape)")
    self.cosines = cosines
    self.sines = sines
    self.pairing = pairing
  }
}

extension Tape {
  /// Turns queries and keys by their positions (Su et al., 2021); values pass through.
  ///
  /// Shapes: x and result `[batch, seq, (heads + 2·kvHeads) · headDim]`, the packed projection. The
  /// first `rotatedHeads` heads, queries and keys, are turned.
  public func rotate(
    _ x: Variable, by table: RotationTable, rotatedHeads: Int, headDim: Int, firstPosition: Int = 0
  ) -> Variable {
    precondition(
      x.shape.rank == 3 && rotatedHeads * headDim <= x.shape.lastExtent,
      "rotate: \(rotatedHeads) heads of \(headDim) in \(x.shape)")
    precondition(
      headDim % 2 == 0 && table.cosines.shape.lastExtent == headDim / 2,
      "rotate: table \(table.cosines.shape) for heads of \(headDim)")
    precondition(
      firstPosition + x.shape[1] <= table.cosines.shape[0],
      "rotate: positions \(firstPosition)..<\(firstPosition + x.shape[1]) in \(table.cosines.shape)"
    )
    let y = makeResult(x.shape)
    let turn = { [backend] (source: Tensor, target: Tensor, inverse: Bool) in
      backend.rotate(
        source, into: target, cosines: table.cosines, sines: table.sines,
        firstPosition: firstPosition, firstHead: 0, headCount: rotatedHeads, headDim: headDim,
        pairing: table.pairing, inverse: inverse)
    }
    turn(x.value, y, false)
    return record(y, from: [x]) { [backend, input = x.slot] dy in
      let dx = backend.reusing(&dy)
      turn(dy, dx, true)
      input.receive(dx, on: backend)
    }
  }
}
