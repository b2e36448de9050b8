import TensorCore

/// The attention of one rank's queries for one block of keys after another, merged.
///
/// Each pair of runs is one call of the kernels; pairs without a visible key are skipped.
final class LocalAttention {
  private let operands: AttentionOperands
  private let whole: AttentionProblem
  private let share: SequenceShare
  private let backend: any Backend
  /// The log-sum-exp of each run's queries, `[batch, heads, count]`; nil before the first block.
  private var logSumExps: [Tensor?]

  /// - Parameters:
  ///   - operands: the rank's own queries; its output is written.
  ///   - whole: the problem of the whole sequence.
  ///   - share: the rank's tokens.
  ///   - backend: the device of this rank.
  init(
    _ operands: AttentionOperands, _ whole: AttentionProblem, _ share: SequenceShare,
    on backend: any Backend
  ) {
    (self.operands, self.whole, self.share, self.backend) = (operands, whole, share, backend)
    logSumExps = share.runs.map { _ in nil }
  }

  private func rows(_ run: PositionRun, heads: Int) -> HeadRows {
    HeadRows(
      batchCount: whole.batchCount, tokenCount: run.count, headCount: heads, headDim: whole.headDim)
  }

  // MARK: Forward

  /// Adds the keys of a block to the attention of all queries.
  func add(_ block: KeyValueBlock) {
    for (index, (offset, run)) in share.placedRuns.enumerated() {
      for (keyOffset, keyRun) in block.share.placedRuns {
        guard let pair = RunProblem(queries: run, keys: keyRun, of: whole) else { continue }
        add(
          pair, keys: block.keys.from(token: keyOffset),
          values: block.values.from(token: keyOffset), runIndex: index, offset: offset, run)
      }
    }
  }

  private func add(
    _ pair: RunProblem, keys: HeadView, values: HeadView, runIndex: Int, offset: Int,
    _ run: PositionRun
  ) {
    let output = operands.output.from(token: offset)
    let shape: Shape = [whole.batchCount, whole.headCount, run.count]
    guard let total = logSumExps[runIndex] else {
      let first = backend.empty(shape, .activations)
      attend(pair, offset: offset, keys, values, into: output, first)
      logSumExps[runIndex] = first
      return
    }
    let partial = HeadView(
      packed: backend.empty(
        [whole.batchCount, run.count, whole.headCount * whole.headDim], .workspace),
      headDim: whole.headDim)
    let logSumExp = backend.empty(shape, .workspace)
    attend(pair, offset: offset, keys, values, into: partial, logSumExp)
    rows(run, heads: whole.headCount).merge(partial, logSumExp, into: output, total)
  }

  private func attend(
    _ pair: RunProblem, offset: Int, _ keys: HeadView, _ values: HeadView, into output: HeadView,
    _ logSumExp: Tensor
  ) {
    backend.attention(
      AttentionOperands(
        queries: operands.queries.from(token: offset), keys: keys, values: values, output: output,
        logSumExp: logSumExp), pair.problem)
    if let offsets = pair.scoreOffsets { logSumExp.add(perHead: offsets, batch: whole.batchCount) }
  }

  // MARK: Backward

  /// The gradients of a block's keys and values through this rank's queries. The gradients of the
  /// queries are added to those of earlier blocks.
  ///
  /// The probabilities follow from the log-sum-exp of all keys, and `Σ dO · O` from the whole output,
  /// so each block's gradients are exact and their sum is the gradient.
  func gradients(of block: KeyValueBlock, _ gradients: AttentionGradients) -> KeyValueBlock {
    let result = KeyValueBlock(block.share, like: whole, on: backend)
    backend.fill(result.tensor, with: 0)
    for (index, (offset, run)) in share.placedRuns.enumerated() {
      for (keyOffset, keyRun) in block.share.placedRuns {
        guard let pair = RunProblem(queries: run, keys: keyRun, of: whole) else { continue }
        addGradients(
          pair, block, result, keyOffset: keyOffset, keyRun, logSumExp: logSumExps[index],
          offset: offset, run, gradients)
      }
    }
    return result
  }

  private func addGradients(
    _ pair: RunProblem, _ block: KeyValueBlock, _ result: KeyValueBlock, keyOffset: Int,
    _ keyRun: PositionRun, logSumExp: Tensor?, offset: Int, _ run: PositionRun,
    _ gradients: AttentionGradients
  ) {
    guard let total = logSumExp else { preconditionFailure("attention: backward before forward") }
    let (heads, kvHeads, width) = (whole.headCount, whole.kvHeadCount, whole.headDim)
    let temporary = { [whole, backend] (run: PositionRun, heads: Int) in
      HeadView(
        packed: backend.empty([whole.batchCount, run.count, heads * width], .workspace),
        headDim: width)
    }
    let partial = AttentionGradients(
      output: gradients.output.from(token: offset), queries: temporary(run, heads),
      keys: temporary(keyRun, kvHeads), values: temporary(keyRun, kvHeads))
    backend.attentionBackward(
      AttentionOperands(
        queries: operands.queries.from(token: offset), keys: block.keys.from(token: keyOffset),
        values: block.values.from(token: keyOffset), output: operands.output.from(token: offset),
        logSumExp: pair.relative(total, batch: whole.batchCount, on: backend)),
      partial, pair.problem)
    rows(run, heads: heads).add(partial.queries, to: gradients.queries.from(token: offset))
    let keyRows = rows(keyRun, heads: kvHeads)
    keyRows.add(partial.keys, to: result.keys.from(token: keyOffset))
    keyRows.add(partial.values, to: result.values.from(token: keyOffset))
  }
}

extension RunProblem {
  /// The log-sum-exp for scores without `scoreOffsets`: `exp(s + o − ℓ)` is `exp(s − (ℓ − o))`.
  fileprivate func relative(_ logSumExp: Tensor, batch: Int, on backend: any Backend) -> Tensor {
    guard let scoreOffsets else { return logSumExp }
    let result = backend.copy(logSumExp, .workspace)
    result.add(perHead: scoreOffsets.map { -$0 }, batch: batch)
    return result
  }
}
