import TensorCore

// Decoding where several heads share their keys: the heads of a group stand side by side in the
// lanes of the forward kernel's panel, as 16 queries do there, and go through the same register
// tiles. Each key is then multiplied with all of them at once, where head after head would load it
// again for each.
//
// Rungs tried, 8 heads of 64 against 65,536 keys, two threads, as a multiple of the time that reading
// keys and values takes at the measured bandwidth:
// - head after head from the first-level cache: 1.6 with two key/value heads, 2.3 with one.
// - heads in the lanes, kept: see `lab bench --only decode`. With 8 heads half of the lanes are empty,
//   with 4 three quarters, and it is still the faster way.

extension DecodeAttention {
  /// Whether a group goes through the panel: one query, no bias that differs from head to head, and
  /// so many heads that the empty lanes do not outweigh what sharing saves.
  var takesGroupsAtOnce: Bool {
    problem.queryLength == 1 && problem.slopes == nil && rowCount >= 3
  }

  /// Numbers that one thread needs for a panel and the scores of a block.
  var groupWorkspaceCount: Int {
    ForwardPanel.floatCount(headDim: problem.headDim)
      + (Self.keyBlock(headDim: problem.headDim) + 8) * panelWidth
  }

  /// One range of one key/value head for the heads that share it, up to 16 at a time.
  ///
  /// Every key of the range is seen: with one query, the ranges hold no others.
  func runGroup(
    kvHead: Int, batch: Int, range: Range<Int>, partials: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>
  ) {
    let scores = workspace + ForwardPanel.floatCount(headDim: problem.headDim)
    let panel = ForwardPanel(workspace, headDim: problem.headDim)
    for first in stride(from: 0, to: rowCount, by: panelWidth) {
      let heads = min(panelWidth, rowCount - first)
      panel.start(
        rows: queries.head(kvHead * rowCount + first, batch: batch), stride: queries.headStride,
        rowCount: heads, headDim: problem.headDim, scale: problem.scale * log2OfE)
      let size = Self.keyBlock(headDim: problem.headDim)
      for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
        attend(
          panel, kvHead: kvHead, batch: batch,
          block: start..<min(start + size, range.upperBound), scores: scores)
      }
      for head in 0..<heads {
        leave(panel, lane: head, in: partials + (first + head) * (problem.headDim + 2))
      }
    }
  }

  private func attend(
    _ panel: ForwardPanel, kvHead: Int, batch: Int, block: Range<Int>,
    scores: UnsafeMutablePointer<Float>
  ) {
    let k = keys.head(kvHead, batch: batch) + block.lowerBound * keys.seqStride
    let v = values.head(kvHead, batch: batch) + block.lowerBound * values.seqStride
    // In the order they lie in memory first; stored so that the reads are not left out.
    let read =
      touch(k, stride: keys.seqStride, count: block.count, width: problem.headDim)
      + touch(v, stride: values.seqStride, count: block.count, width: problem.headDim)
    store8(read, to: scores)
    let largest = scoreTile(
      keys: k, stride: keys.seqStride, count: block.count, headDim: problem.headDim,
      queries: panel.queries, into: scores)
    let factor = weightTile(scores, count: block.count, largest: largest, panel)
    addValues(
      v, stride: values.seqStride, count: block.count, headDim: problem.headDim, weights: scores,
      factor: factor, into: panel.output)
  }

  /// One lane's unfinished output, maximum and sum, as `merge` expects them.
  private func leave(
    _ panel: ForwardPanel, lane: Int, in partial: UnsafeMutablePointer<Float>
  ) {
    for d in 0..<problem.headDim { partial[d] = panel.output[d * panelWidth + lane] }
    partial[problem.headDim] = panel.maxima[lane]
    partial[problem.headDim + 1] = panel.sums[lane]
  }
}
