import TensorCore

/// The keys and values of one rank's tokens, or their gradients, in one tensor that can be sent:
/// `[2, batch, tokens, kvHeads · headDim]`.
struct KeyValueBlock {
  let tensor: Tensor
  let share: SequenceShare
  private let rows: HeadRows

  /// An uninitialized block.
  init(_ share: SequenceShare, like problem: AttentionProblem, on backend: any Backend) {
    self.share = share
    rows = HeadRows(
      batchCount: problem.batchCount, tokenCount: share.count, headCount: problem.kvHeadCount,
      headDim: problem.headDim)
    tensor = backend.empty(
      [2, problem.batchCount, share.count, problem.kvHeadCount * problem.headDim], .workspace)
  }

  /// A copy of a rank's own keys and values.
  init(
    keys: HeadView, values: HeadView, _ share: SequenceShare, like problem: AttentionProblem,
    on backend: any Backend
  ) {
    self.init(share, like: problem, on: backend)
    rows.copy(keys, to: self.keys)
    rows.copy(values, to: self.values)
  }

  /// `[B, tokens, G, D]`
  var keys: HeadView { view(0) }
  /// `[B, tokens, G, D]`
  var values: HeadView { view(1) }

  /// Copies the block to its places in a view of the whole sequence.
  func place(keys: HeadView, values: HeadView) {
    forEachRun { offset, run, rows in
      rows.copy(self.keys.from(token: offset), to: keys.from(token: run.first, stride: run.stride))
      rows.copy(
        self.values.from(token: offset), to: values.from(token: run.first, stride: run.stride))
    }
  }

  /// Fills the block from its places in a view of the whole sequence.
  func take(keys: HeadView, values: HeadView) {
    forEachRun { offset, run, rows in
      rows.copy(keys.from(token: run.first, stride: run.stride), to: self.keys.from(token: offset))
      rows.copy(
        values.from(token: run.first, stride: run.stride), to: self.values.from(token: offset))
    }
  }

  /// Adds another block of the same tokens.
  func add(_ other: KeyValueBlock) {
    let (sum, addend) = (tensor.hostPointer, other.tensor.hostPointer)
    for index in 0..<tensor.count { sum[index] += addend[index] }
  }

  /// Copies the block to separate views.
  func copy(keys: HeadView, values: HeadView) {
    rows.copy(self.keys, to: keys)
    rows.copy(self.values, to: values)
  }

  private func view(_ index: Int) -> HeadView {
    let width = rows.headCount * rows.headDim
    return HeadView(
      tensor, offset: index * rows.batchCount * rows.tokenCount * width,
      batchStride: rows.tokenCount * width, seqStride: width, headStride: rows.headDim)
  }

  private func forEachRun(_ body: (Int, PositionRun, HeadRows) -> Void) {
    for (offset, run) in share.placedRuns {
      body(
        offset, run,
        HeadRows(
          batchCount: rows.batchCount, tokenCount: run.count, headCount: rows.headCount,
          headDim: rows.headDim))
    }
  }
}
