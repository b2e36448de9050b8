import TensorCore

extension CPUBackend {
  public func copyHeads(
    _ source: HeadView, into target: HeadView, at position: Int, _ batchCount: Int, _ length: Int,
    _ headCount: Int, _ headDim: Int
  ) {
    let (from, to) = (
      source.tensor.hostPointer + source.offset, target.tensor.hostPointer + target.offset
    )
    forRows(batchCount * headCount, minimum: minimumRows(width: length * headDim)) { rows in
      for row in rows {
        let (batch, head) = (row / headCount, row % headCount)
        let x = from + batch * source.batchStride + head * source.headStride
        let y = to + batch * target.batchStride + head * target.headStride
        for token in 0..<length {
          (y + (position + token) * target.seqStride).update(
            from: x + token * source.seqStride, count: headDim)
        }
      }
    }
  }
}
