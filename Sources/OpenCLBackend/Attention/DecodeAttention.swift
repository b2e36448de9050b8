import TensorCore

/// How a few queries against a long cache are split.
enum DecodeShape {
  /// The most queries per head for this kernel: a tile of queries would be mostly empty.
  static let largestQueryLength = 8
  /// Keys of a range, the work of one group. It is the same on every device, so the order of sums
  /// is too.
  static let rangeLength = 256
  static let itemCount = 128
  /// Only `DIM` matters; the kernel does not use the other constants of the shared text.
  static let tile = TileShape(rows: 32, columns: 32, rowsPerItem: 4, columnsPerItem: 4)

  static func suits(_ problem: AttentionProblem) -> Bool {
    problem.queryLength <= largestQueryLength && problem.blocks == nil
  }
}

extension OpenCLBackend {
  /// - Complexity: extra memory: `headDim + 2` elements for each query and range.
  func decode(_ operands: AttentionOperands, _ problem: AttentionProblem) {
    let visible = MaskGeometry(problem).visibleKeys(of: 0..<problem.queryLength)
    let rangeCount = (visible.count + DecodeShape.rangeLength - 1) / DecodeShape.rangeLength
    let partials = empty(
      [
        problem.batchCount * problem.headCount * problem.queryLength, rangeCount,
        problem.headDim + 2,
      ], .workspace)
    let slopes = problem.slopes.map { list($0) }
    let texts =
      ProgramText.attentionTile(
        DecodeShape.tile, headDim: problem.headDim,
        isAligned: problem.isAligned(operands.inputs))
      + [ProgramText(name: "DecodeAttention.cl", text: PackageResources.DecodeAttention_cl)]
    run(
      "attentionRange", of: texts, groups: rangeCount,
      times: problem.batchCount * problem.kvHeadCount, items: DecodeShape.itemCount,
      [
        .view(operands.queries), .view(operands.keys), .view(operands.values),
        .tensor(partials), .list(slopes), .integer(visible.lowerBound),
        .integer(visible.upperBound),
        .integer(DecodeShape.rangeLength),
        .problem(KernelProblem(problem)),
      ])
    run(
      "attentionMerge", of: texts, groups: problem.queryLength,
      times: problem.batchCount * problem.headCount, items: 64,
      [
        .tensor(partials), .view(operands.output), .tensor(operands.logSumExp),
        .integer(rangeCount),
        .problem(KernelProblem(problem)),
      ])
  }
}
