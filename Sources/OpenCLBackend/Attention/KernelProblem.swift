import TensorCore

/// `Problem` of AttentionTile.cl, number for number.
struct KernelProblem {
  let headCount: Int32
  /// Heads that share a key/value head.
  let groupSize: Int32
  let queryLength: Int32
  let keyLength: Int32
  let headDim: Int32
  let before: Int32
  let after: Int32
  /// 0 where there is no block list.
  let blockSize: Int32
  /// In powers of two.
  let scale: Float
  let gradientScale: Float

  init(_ problem: AttentionProblem) {
    let mask = MaskIntervals(problem)
    headCount = Int32(problem.headCount)
    groupSize = Int32(problem.headCount / problem.kvHeadCount)
    queryLength = Int32(problem.queryLength)
    keyLength = Int32(problem.keyLength)
    headDim = Int32(problem.headDim)
    before = Int32(mask.before)
    after = Int32(mask.after)
    blockSize = Int32(problem.blocks?.blockSize ?? 0)
    scale = problem.scale * 1.442_695_04
    gradientScale = problem.scale
  }
}
