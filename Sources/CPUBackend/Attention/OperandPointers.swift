import TensorCore

/// A `HeadView` as a pointer with strides, for kernels.
struct HeadPointer {
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

/// `AttentionOperands` as pointers. They do not keep their tensors alive.
struct OperandPointers {
  let queries: HeadPointer
  let keys: HeadPointer
  let values: HeadPointer
  let output: HeadPointer
  let logSumExp: UnsafeMutablePointer<Float>

  init(_ operands: AttentionOperands) {
    queries = HeadPointer(operands.queries)
    keys = HeadPointer(operands.keys)
    values = HeadPointer(operands.values)
    output = HeadPointer(operands.output)
    logSumExp = operands.logSumExp.hostPointer
  }
}

/// `AttentionGradients` as pointers. They do not keep their tensors alive.
struct GradientPointers {
  let output: HeadPointer
  let queries: HeadPointer
  let keys: HeadPointer
  let values: HeadPointer

  init(_ gradients: AttentionGradients) {
    output = HeadPointer(gradients.output)
    queries = HeadPointer(gradients.queries)
    keys = HeadPointer(gradients.keys)
    values = HeadPointer(gradients.values)
  }
}
