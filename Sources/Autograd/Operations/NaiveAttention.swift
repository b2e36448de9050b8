import TensorCore

extension Tape {
  /// Naive scaled dot-product attention: it stores the matrix of probabilities, unlike
  /// FlashAttention.
  ///
  /// Equivalent to `dropout(softmax(scale · Q•Kᵀ, masked)) • V` for each head. Shapes as for
  /// `attention`. Keeps `packed`, the probabilities `[batch, heads, queries, keys]` and, with
  /// dropout, the probabilities after it, of the same shape.
  ///
  /// - Complexity: 4·queries·keys·headDim FLOPs per head forward and 8·queries·keys·headDim
  ///   backward, masked pairs included; queries·keys elements per head, twice that with dropout.
  /// - Precondition: no window, no blocks, no slopes, no cache.
  public func naiveAttention(
    _ packed: Variable, _ problem: AttentionProblem, dropout: DropoutMask? = nil
  ) -> Variable {
    precondition(
      problem.window == nil && problem.blocks == nil && problem.slopes == nil,
      "naive attention: windows, blocks and slopes are not supported; use tiled attention")
    precondition(
      problem.queryLength == problem.keyLength,
      """
      naive attention: \(problem.queryLength) queries for \(problem.keyLength) keys; a cache is \
      not supported, use tiled attention
      """)
    struct Saved { let probabilities, dropped: Tensor }
    let heads = NaiveHeads(packed.value, problem, backend)
    let probabilities = makeResult(heads.scoreShape)
    for head in heads.all {
      backend.multiply(
        heads.queries(head), transposed: false, heads.keys(head), transposed: true,
        into: heads.matrix(probabilities, head), accumulate: false)
    }
    backend.softmaxRows(probabilities, scale: problem.scale, isCausal: problem.isCausal)
    let dropped = dropout.map { mask in
      let result = makeResult(heads.scoreShape)
      backend.dropout(probabilities, mask, residual: nil, into: result)
      return result
    }
    let saved = Saved(probabilities: probabilities, dropped: dropped ?? probabilities)
    let y = makeResult(
      [problem.batchCount, problem.queryLength, problem.headCount * problem.headDim])
    heads.multiplyValues(saved.dropped, into: y)

    return record(y, from: [packed]) { [backend] dy in
      packed.slot.accumulate(
        on: backend,
        overwriting: { target in
          NaiveHeads(packed.value, problem, backend).pullBack(
            dy, probabilities: saved.probabilities, dropped: saved.dropped, mask: dropout,
            into: target)
        })
    }
  }
}

/// Copies of the queries, keys and values of every head, each a contiguous matrix in workspace.
private struct NaiveHeads {
  private let problem: AttentionProblem
  private let backend: any Backend
  private let queryHeads: Tensor
  private let keyHeads: Tensor
  private let valueHeads: Tensor

  init(_ packed: Tensor, _ problem: AttentionProblem, _ backend: any Backend) {
    let views = PackedHeads(packed, problem)
    self.problem = problem
    self.backend = backend
    func copied(_ view: HeadView, _ headCount: Int) -> Tensor {
      let heads = backend.empty(
        [problem.batchCount, headCount, problem.queryLength, problem.headDim], .workspace)
      backend.copyHeads(
        view, into: HeadView(headMajor: heads), at: 0, problem.batchCount, problem.queryLength,
        headCount, problem.headDim)
      return heads
    }
    queryHeads = copied(views.queries, problem.headCount)
    keyHeads = copied(views.keys, problem.kvHeadCount)
    valueHeads = copied(views.values, problem.kvHeadCount)
  }

  /// Indices of the query heads of all sequences.
  var all: Range<Int> { 0..<problem.batchCount * problem.headCount }
  var scoreShape: Shape {
    [problem.batchCount, problem.headCount, problem.queryLength, problem.keyLength]
  }

  /// The matrix of one head in a tensor `[batch, heads, rows, columns]`.
  func matrix(_ tensor: Tensor, _ head: Int) -> Tensor {
    let shape: Shape = [tensor.shape[2], tensor.shape[3]]
    return tensor.reshaped([tensor.shape[0] * tensor.shape[1], shape[0], shape[1]])
      .slice(head..<head + 1).reshaped(shape)
  }

  func queries(_ head: Int) -> Tensor { matrix(queryHeads, head) }
  func keys(_ head: Int) -> Tensor { matrix(keyHeads, kvHead(of: head)) }

  /// The key/value head of a query head.
  private func kvHead(of head: Int) -> Int { problem.kvHead(of: head) }

  /// Whether the query head before this one shares its keys and values.
  private func sharesPreviousKeys(_ head: Int) -> Bool { head % problem.groupSize != 0 }

  /// Writes `weights • V` of each head to packed rows `[batch, queries, heads · headDim]`.
  func multiplyValues(_ weights: Tensor, into packed: Tensor) {
    let mixed = backend.empty(queryHeads.shape, .workspace)
    for head in all {
      backend.multiply(
        matrix(weights, head), transposed: false, matrix(valueHeads, kvHead(of: head)),
        transposed: false, into: matrix(mixed, head), accumulate: false)
    }
    backend.copyHeads(
      HeadView(headMajor: mixed), into: HeadView(packed: packed, headDim: problem.headDim), at: 0,
      problem.batchCount, problem.queryLength, problem.headCount, problem.headDim)
  }

  /// Writes the gradient of the packed projection to `target`.
  func pullBack(
    _ dy: Tensor, probabilities: Tensor, dropped: Tensor, mask: DropoutMask?, into target: Tensor
  ) {
    let outputs = backend.empty(queryHeads.shape, .workspace)
    backend.copyHeads(
      HeadView(packed: dy, headDim: problem.headDim), into: HeadView(headMajor: outputs), at: 0,
      problem.batchCount, problem.queryLength, problem.headCount, problem.headDim)
    let dScores = backend.empty(scoreShape, .workspace)
    let dQueries = backend.empty(queryHeads.shape, .workspace)
    let dKeys = backend.empty(keyHeads.shape, .workspace)
    let dValues = backend.empty(valueHeads.shape, .workspace)
    for head in all {
      let output = matrix(outputs, head)
      backend.multiply(
        output, transposed: false, matrix(valueHeads, kvHead(of: head)), transposed: true,
        into: matrix(dScores, head), accumulate: false)
      backend.multiply(
        matrix(dropped, head), transposed: true, output, transposed: false,
        into: matrix(dValues, kvHead(of: head)), accumulate: sharesPreviousKeys(head))
    }
    if let mask { backend.dropout(dScores, mask, residual: nil, into: dScores) }
    backend.softmaxRowsBackward(dScores, y: probabilities, scale: problem.scale)
    for head in all {
      let scores = matrix(dScores, head)
      backend.multiply(
        scores, transposed: false, keys(head), transposed: false, into: matrix(dQueries, head),
        accumulate: false)
      backend.multiply(
        scores, transposed: true, queries(head), transposed: false,
        into: matrix(dKeys, kvHead(of: head)), accumulate: sharesPreviousKeys(head))
    }
    let views = PackedHeads(target, problem)
    for (source, view, count) in [
      (dQueries, views.queries, problem.headCount), (dKeys, views.keys, problem.kvHeadCount),
      (dValues, views.values, problem.kvHeadCount),
    ] {
      backend.copyHeads(
        HeadView(headMajor: source), into: view, at: 0, problem.batchCount, problem.queryLength,
        count, problem.headDim)
    }
  }
}
