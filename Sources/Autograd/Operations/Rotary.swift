import TensorCore

/// The cosines and sines of a rotary embedding's angles, on the device.
public struct RotationTable {
  /// `[positions, headDim / 2]`
  public let cosines: Tensor
  /// `[positions, headDim / 2]`
  public let sines: Tensor
  /// Which dimensions of a head rotate together.
  public let pairing: RotaryPairing

  public init(cosines: Tensor, sines: Tensor, pairing: RotaryPairing) {
    precondition(
      cosines.shape == sines.shape,
      "rotation: the cosines have shape \(cosines.shape), but the sines \(sines.shape)")
    self.cosines = cosines
    self.sines = sines
    self.pairing = pairing
  }
}

extension Tape {
  /// Rotates queries and keys by their positions (RoPE; Su et al., 2021). Values are copied.
  ///
  /// Shapes: x and result `[batch, seq, (heads + 2·kvHeads) · headDim]`, the packed projection. The
  /// first `rotatedHeads` heads, which are the queries and keys, are rotated.
  /// - Complexity: O(elements) time; keeps the table only.
  /// - Precondition: the table has a row for each position.
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
    let rotate = { [backend] (source: Tensor, target: Tensor, inverse: Bool) in
      backend.rotate(
        source, into: target, cosines: table.cosines, sines: table.sines,
        firstPosition: firstPosition, firstHead: 0, headCount: rotatedHeads, headDim: headDim,
        pairing: table.pairing, inverse: inverse)
    }
    rotate(x.value, y, false)
    return record(y, from: [x]) { [backend, input = x.slot] dy in
      let dx = backend.reusing(&dy)
      rotate(dy, dx, true)
      input.accumulate(dx, on: backend)
    }
  }
}
