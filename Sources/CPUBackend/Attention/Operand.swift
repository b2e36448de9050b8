import TensorCore

/// A `HeadView` as a bare pointer, for kernels.
struct Operand {
  let base: UnsafeMutablePointer<Float>
  let batchStride: Int
  let headStride: Int
  let seqStride: Int

  init(_ view: HeadView) {
    base = view.tensor.hostPointer + view.offset
    batchStride = view.batchStride
    headStride = view.headStride
    seqStride = view.seqStride
  }

  /// Row 0 of one head.
  @inline(__always)
  func head(_ head: Int, batch: Int) -> UnsafeMutablePointer<Float> {
    base + batch * batchStride + head * headStride
  }
}
