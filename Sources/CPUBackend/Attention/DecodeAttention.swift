import Foundation
import TensorCore

// A few queries at the end of a long cache: bound by memory, not by multiplication.
//
// Each key and value is read once from memory, for all heads that share it: a block of keys stays
// in the L1 cache while each head of the group reads it. The cache is split into ranges of fixed
// length, which the threads share. Each range produces a partial output with its maximum and sum,
// and a second pass merges the partials by log-sum-exp (Flash-Decoding: Dao et al., 2023). The
// ranges do not depend on the number of threads, so neither do the results.
//
// Variants tried, 8 heads of 128 against 65,536 keys, one thread, as a multiple of the time that
// reading the cache alone takes:
// - blocks of 64 keys, the rows of 8 keys read side by side: 2.6; the processor's prefetcher does
//   not predict such reads.
// - blocks that fill half of the L1 cache: no better with one head per group, better with
//   more.
// - each block read once in memory order, then computed: 1.8, kept. At 4 heads of 64 it is 1.5.
//   Groups of 8 heads and more are bound by multiplication, not by memory.
// - the heads of a group side by side in the lanes of a panel, so that a key is loaded once for all:
//   with 16 lanes slower. With 8 lanes (`DecodePanel`) 8 heads of 64 that share one key/value head
//   take 1.9 ms instead of 2.5, kept; 4 heads fill half of the lanes and take 3.8 instead of 3.0.
// - software prefetch of the next block instead of reading this one ahead: 12.5 ms instead of 7.3
//   for 8 key/value heads.
// - blocks of 64, 128 and 256 keys instead of 32: no faster.

struct DecodeAttention {
  /// The most queries per head for this kernel: panels of 16 would be mostly empty.
  static let largestQueryLength = 8
  /// Keys of a range: one task.
  static let rangeLength = 1024
  /// Keys whose scores a query computes at once. They and their values fill half of the L1 cache,
  /// so that the next head of the group finds them there.
  static func keyBlock(headDim: Int) -> Int { min(64, max(16, 2048 / headDim / 8 * 8)) }

  let problem: AttentionProblem
  let geometry: MaskGeometry
  let operands: OperandPointers
  private let ranges: [Range<Int>]

  /// Whether this kernel is faster than tiled attention for a problem.
  static func suits(_ problem: AttentionProblem) -> Bool {
    problem.queryLength <= largestQueryLength && problem.blocks == nil
  }

  init(_ operands: AttentionOperands, _ problem: AttentionProblem) {
    self.problem = problem
    geometry = MaskGeometry(problem)
    self.operands = OperandPointers(operands)
    let visible = geometry.visibleKeys(of: 0..<problem.queryLength)
    ranges = stride(from: visible.lowerBound, to: visible.upperBound, by: Self.rangeLength).map {
      $0..<min($0 + Self.rangeLength, visible.upperBound)
    }
  }

  /// Rows that read the same keys: queries of all heads of a group.
  private var rowCount: Int { problem.groupSize * problem.queryLength }
  /// Output, maximum and sum of one row.
  private var partialWidth: Int { problem.headDim + 2 }

  /// Elements of the partials of all ranges.
  var partialCount: Int {
    problem.batchCount * problem.kvHeadCount * ranges.count * rowCount * partialWidth
  }

  /// Elements of workspace that one thread needs: the scores of a block, and panels of queries.
  var workspaceCount: Int {
    Self.keyBlock(headDim: problem.headDim) * (panelCount > 0 ? DecodePanel.width : 1)
      + panelCount * DecodePanel.floatCount(headDim: problem.headDim)
  }

  /// Panels of eight rows; 0 if there are so few rows that most lanes would be empty.
  private var panelCount: Int {
    rowCount < 6 ? 0 : (rowCount + DecodePanel.width - 1) / DecodePanel.width
  }

  var taskCount: Int { problem.batchCount * problem.kvHeadCount * ranges.count }

  /// Computes the partials of one range of one key/value head, for all its rows.
  func run(
    task: Int, partials: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    let (headIndex, range) = (task / ranges.count, ranges[task % ranges.count])
    let (batch, kvHead) = (headIndex / problem.kvHeadCount, headIndex % problem.kvHeadCount)
    let rows = partials + task * rowCount * partialWidth
    if panelCount > 0 { return runPanels(range, kvHead, batch, rows, workspace) }
    for row in 0..<rowCount {
      let partial = rows + row * partialWidth
      partial.update(repeating: 0, count: partialWidth)
      partial[problem.headDim] = -.infinity
    }
    let size = Self.keyBlock(headDim: problem.headDim)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let block = first..<min(first + size, range.upperBound)
      // Stored so that the compiler keeps the reads; the scores overwrite it.
      store8(
        prefetch(operands.keys, block, kvHead, batch)
          + prefetch(operands.values, block, kvHead, batch), to: workspace)
      for row in 0..<rowCount {
        let (head, query) = headAndQuery(row, kvHead)
        attend(
          head: head, query: query, kvHead: kvHead, batch: batch, block: block,
          partial: rows + row * partialWidth,
          workspace: workspace)
      }
    }
  }

  /// As `run`, with eight rows at a time in the lanes of a panel.
  private func runPanels(
    _ range: Range<Int>, _ kvHead: Int, _ batch: Int, _ partials: UnsafeMutablePointer<Float>,
    _ workspace: UnsafeMutablePointer<Float>
  ) {
    let size = Self.keyBlock(headDim: problem.headDim)
    let panels = (0..<panelCount).map { index -> (rows: Range<Int>, panel: DecodePanel) in
      let rows = index * DecodePanel.width..<min(rowCount, (index + 1) * DecodePanel.width)
      let panel = DecodePanel(
        workspace + size * DecodePanel.width
          + index * DecodePanel.floatCount(headDim: problem.headDim), headDim: problem.headDim)
      panel.start(
        rows: rows.map { row in
          let (head, query) = headAndQuery(row, kvHead)
          return UnsafePointer(
            operands.queries.head(head, batch: batch) + query * operands.queries.seqStride)
        }, scale: problem.scale * log2OfE)
      return (rows, panel)
    }
    let keys = operands.keys.head(kvHead, batch: batch)
    let values = operands.values.head(kvHead, batch: batch)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let block = first..<min(first + size, range.upperBound)
      // Stored so that the compiler keeps the reads; the scores overwrite it.
      store8(
        prefetch(operands.keys, block, kvHead, batch)
          + prefetch(operands.values, block, kvHead, batch), to: workspace)
      for (rows, panel) in panels {
        panel.score(
          keys: keys + first * operands.keys.seqStride, stride: operands.keys.seqStride,
          count: block.count, into: workspace)
        biasAndMask(workspace, block, rows, kvHead)
        panel.add(
          scores: workspace, values: values + first * operands.values.seqStride,
          stride: operands.values.seqStride, count: block.count)
      }
    }
    for (rows, panel) in panels {
      for row in rows {
        panel.finish(lane: row - rows.lowerBound, into: partials + row * partialWidth)
      }
    }
  }

  /// The head and the query of a row.
  private func headAndQuery(_ row: Int, _ kvHead: Int) -> (head: Int, query: Int) {
    (kvHead * problem.groupSize + row / problem.queryLength, row % problem.queryLength)
  }

  /// Biases and masks the scores `[block, 8]` of a panel.
  private func biasAndMask(
    _ scores: UnsafeMutablePointer<Float>, _ block: Range<Int>, _ rows: Range<Int>, _ kvHead: Int
  ) {
    var (slopes, positions) = (Float8.zero, Float8.zero)
    var (lower, upper) = (Float8.zero, Float8.zero)
    var isCut = false
    for row in rows {
      let (lane, (head, query)) = (row - rows.lowerBound, headAndQuery(row, kvHead))
      let visible = geometry.visibleKeys(of: query)
      slopes[lane] = problem.slopes.map { $0[head] * log2OfE } ?? 0
      // Relative to the block: Float32 would round large positions.
      positions[lane] = Float(query + geometry.shift - block.lowerBound)
      lower[lane] = Float(visible.lowerBound - block.lowerBound)
      upper[lane] = Float(visible.upperBound - block.lowerBound)
      if visible.clamped(to: block) != block { isCut = true }
    }
    guard isCut || problem.slopes != nil else { return }
    for key in 0..<block.count {
      let (at, j) = (scores + key * DecodePanel.width, Float8(repeating: Float(key)))
      let score = load8(at).addingProduct(magnitude(positions - j), -slopes)
      store8(score.replacing(with: -.infinity, where: (j .< lower) .| (j .>= upper)), to: at)
    }
  }

  /// Reads a block of one head's rows ahead of their use.
  @inline(__always)
  private func prefetch(
    _ rows: HeadPointer, _ block: Range<Int>, _ kvHead: Int, _ batch: Int
  ) -> Float8 {
    prefetchRows(
      rows.head(kvHead, batch: batch) + block.lowerBound * rows.seqStride, stride: rows.seqStride,
      count: block.count, width: problem.headDim)
  }

  /// Computes attention of one query over one block of keys, into its partial.
  @inline(__always)
  private func attend(
    head: Int, query: Int, kvHead: Int, batch: Int, block: Range<Int>,
    partial: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    let visible = geometry.visibleKeys(of: query).clamped(to: block)
    if visible.isEmpty { return }
    let (width, scores) = (problem.headDim, workspace)
    scoreRow(
      query: operands.queries.head(head, batch: batch) + query * operands.queries.seqStride,
      keys: operands.keys.head(kvHead, batch: batch)
        + visible.lowerBound * operands.keys.seqStride,
      stride: operands.keys.seqStride, count: visible.count, width: width, into: scores)
    let slope = problem.slopes.map { $0[head] * log2OfE } ?? 0
    let position = query + geometry.shift
    scaleScores(scores, visible, scale: problem.scale * log2OfE, slope: slope, position: position)
    let (old, sum) = (partial[width], partial[width + 1])
    let new = max(old, largest(of: scores, count: visible.count))
    // The first block starts from −∞: 2^(−∞) is 0.
    let factor = vexp2(Float8(repeating: old - new))[0]
    let added = exp2InPlace(scores, count: visible.count, base: new)
    partial[width] = new
    partial[width + 1] = sum * factor + added
    addWeightedRows(
      scores,
      values: operands.values.head(kvHead, batch: batch)
        + visible.lowerBound * operands.values.seqStride,
      stride: operands.values.seqStride, count: visible.count, width: width, factor: factor,
      output: partial)
  }

  /// Merges the partials of one head of one sequence.
  func merge(task: Int, partials: UnsafePointer<Float>) {
    let (batch, head) = (task / problem.headCount, task % problem.headCount)
    let (kvHead, width) = (problem.kvHead(of: head), problem.headDim)
    for query in 0..<problem.queryLength {
      let row = head % problem.groupSize * problem.queryLength + query
      let first =
        partials + ((batch * problem.kvHeadCount + kvHead) * ranges.count * rowCount + row)
        * partialWidth
      let step = rowCount * partialWidth
      let target = operands.output.head(head, batch: batch) + query * operands.output.seqStride
      target.update(repeating: 0, count: width)
      var largest = -Float.infinity
      for range in ranges.indices { largest = max(largest, first[range * step + width]) }
      var sum: Float = 0
      for range in ranges.indices where first[range * step + width] > -.infinity {
        let partial = first + range * step
        let factor = exp2f(partial[width] - largest)
        sum += partial[width + 1] * factor
        for d in 0..<width { target[d] += partial[d] * factor }
      }
      operands.logSumExp[task * problem.queryLength + query] =
        sum > 0 ? largest / log2OfE + logf(sum) : -.infinity
      if sum > 0 { for d in 0..<width { target[d] /= sum } }
    }
  }
}

/// `scores = scores · scale − slope · |position − j|` for the keys j of `range`; writes whole
/// registers.
@inline(__always)
func scaleScores(
  _ scores: UnsafeMutablePointer<Float>, _ range: Range<Int>, scale: Float, slope: Float,
  position: Int
) {
  let ramp = Float8(0, 1, 2, 3, 4, 5, 6, 7)
  for i in stride(from: 0, to: range.count, by: 8) {
    let distance = Float8(repeating: Float(position - range.lowerBound - i)) - ramp
    let score = (load8(scores + i) * scale).addingProduct(
      maximum(distance, -distance), Float8(repeating: -slope))
    store8(
      score.replacing(with: -.infinity, where: ramp .>= Float8(repeating: Float(range.count - i))),
      to: scores + i)
  }
}

/// The largest of `count` scores. The rest of the last register must be −∞.
@inline(__always)
func largest(of scores: UnsafePointer<Float>, count: Int) -> Float {
  var most = Float8(repeating: -.infinity)
  for i in stride(from: 0, to: count, by: 8) { most = maximum(load8(scores + i), most) }
  return largestLane(most)
}

/// `scores = 2^(scores − base)`, whole registers; returns the sum.
@inline(__always)
func exp2InPlace(_ scores: UnsafeMutablePointer<Float>, count: Int, base: Float) -> Float {
  var sum = Float8.zero
  for i in stride(from: 0, to: count, by: 8) {
    let weight = vexp2(load8(scores + i) - Float8(repeating: base))
    store8(weight, to: scores + i)
    sum += weight
  }
  return sumOfLanes(sum)
}
