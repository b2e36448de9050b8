import TensorCore

/// `Problem` of AttentionTile.cl, field by field.
struct KernelProblem {
  let headCount: Int32
  /// Heads that share a key/value head.
  let groupSize: Int32
  let queryLength: Int32
  let keyLength: Int32
  let headDim: Int32
  let before: Int32
  let after: Int32
  /// 0 if there is no block list.
  let blockSize: Int32
  /// 1 if every row that is read four elements at a time begins at a multiple of four.
  let isAligned: Int32
  /// The problem's scale times log₂ e, because scores are in powers of two.
  let scale: Float
  let gradientScale: Float

  /// `views` are those that the kernel reads four elements at a time.
  init(_ problem: AttentionProblem, reading views: [HeadView] = []) {
    let geometry = MaskGeometry(problem)
    headCount = Int32(problem.headCount)
    groupSize = Int32(problem.groupSize)
    queryLength = Int32(problem.queryLength)
    keyLength = Int32(problem.keyLength)
    headDim = Int32(problem.headDim)
    before = Int32(geometry.before)
    after = Int32(geometry.after)
    blockSize = Int32(problem.blocks?.blockSize ?? 0)
    isAligned = problem.headDim % 4 == 0 && views.allSatisfy(\.isAligned) ? 1 : 0
    scale = problem.scale * 1.442_695_04
    gradientScale = problem.scale
  }
}

extension HeadView {
  fileprivate var isAligned: Bool {
    [tensor.offset + offset, batchStride, headStride, seqStride].allSatisfy { $0 % 4 == 0 }
  }
}
