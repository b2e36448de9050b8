import TensorCore

/// `Problem` of AttentionTile.cl, field by field.
struct KernelProblem {
  let headCount: Int32
  /// Heads that share a key/value head.
  let groupSize: Int32
  let queryLength: Int32
  let keyLength: Int32
  let before: Int32
  let after: Int32
  /// 0 if there is no block list.
  let blockSize: Int32
  /// The position of query 0, counted from key 0.
  let shift: Int32
  /// The problem's scale times log₂ e, because scores are in powers of two.
  let scale: Float
  let gradientScale: Float

  init(_ problem: AttentionProblem) {
    let geometry = MaskGeometry(problem)
    headCount = Int32(problem.headCount)
    groupSize = Int32(problem.groupSize)
    queryLength = Int32(problem.queryLength)
    keyLength = Int32(problem.keyLength)
    before = Int32(geometry.before)
    after = Int32(geometry.after)
    blockSize = Int32(problem.blocks?.blockSize ?? 0)
    shift = Int32(geometry.shift)
    scale = problem.scale * 1.442_695_04
    gradientScale = problem.scale
  }
}

extension AttentionProblem {
  /// Whether a kernel can read every row of these views in whole quads: rows begin at a multiple of
  /// four elements and are a multiple of four long.
  func isAligned(_ views: [HeadView]) -> Bool {
    headDim % 4 == 0
      && views.allSatisfy { view in
        [view.tensor.offset + view.offset, view.batchStride, view.headStride, view.seqStride]
          .allSatisfy { $0 % 4 == 0 }
      }
  }
}
