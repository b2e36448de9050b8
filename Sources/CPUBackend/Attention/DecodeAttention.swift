import Foundation
import TensorCore

// A few queries at the end of a long cache: bound by memory, not by multiplication.
//
// Each key and value is read once from memory, for all heads that share it: a block of keys stays
// in the first-level cache while the heads of the group take their turns. The cache is cut in ranges
// of fixed length, which threads pull; each leaves an unfinished output with its maximum and sum, and
// a second pass merges them by log-sum-exp. The cut does not depend on the number of threads, so
// neither do the results.
//
// Rungs tried, 8 heads of 128 against 65,536 keys, one thread, as a multiple of the time that reading
// the cache alone takes:
// - blocks of 64 keys, 8 keys' rows read side by side: 2.6; the machine does not foresee such reads.
// - blocks that fill half of the first-level cache: no better for one head to a group, better for more.
// - each block touched once in the order it lies in memory, then computed: 1.8, kept. At 4 heads of
//   64 it is 1.5. Groups of 8 heads and more are bound by multiplication, not by memory.
// - the heads of a group side by side in the lanes of the forward kernel's panel, so that a key is
//   loaded once for all: 8 heads of 64 on two threads took 5.2 ms against 3.0 with two key/value heads,
//   2.6 against 2.2 with one. Empty lanes are multiplied too, and memory waits meanwhile.

struct DecodeAttention {
  /// Up to this many queries a head come this way: panels of 16 would be mostly empty.
  static let largestQueryLength = 8
  /// Keys of a range: one task.
  static let rangeLength = 1024
  /// Keys whose scores a query takes at once: so many that they and their values fill half of the
  /// first-level cache, for the next head of the group to find them there.
  static func keyBlock(headDim: Int) -> Int { min(64, max(16, 2048 / headDim / 8 * 8)) }

  let problem: AttentionProblem
  let geometry: MaskGeometry
  let queries: Operand
  let keys: Operand
  let values: Operand
  let output: Operand
  let logSumExp: UnsafeMutablePointer<Float>
  private let ranges: [Range<Int>]

  /// Whether this way is the better one for a problem.
  static func suits(_ problem: AttentionProblem) -> Bool {
    problem.queryLength <= largestQueryLength && problem.blocks == nil
  }

  init(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem
  ) {
    self.problem = problem
    geometry = MaskGeometry(problem)
    self.queries = Operand(queries)
    self.keys = Operand(keys)
    self.values = Operand(values)
    self.output = Operand(output)
    self.logSumExp = logSumExp.hostPointer
    let seen = geometry.visibleKeys(of: 0..<problem.queryLength)
    ranges = stride(from: seen.lowerBound, to: seen.upperBound, by: Self.rangeLength).map {
      $0..<min($0 + Self.rangeLength, seen.upperBound)
    }
  }

  /// Rows that read the same keys: queries of all heads of a group.
  private var rowCount: Int { problem.groupSize * problem.queryLength }
  /// Output, maximum and sum of one row.
  private var partialWidth: Int { problem.headDim + 2 }

  /// Numbers that hold what every range leaves.
  var partialCount: Int {
    problem.batchCount * problem.kvHeadCount * ranges.count * rowCount * partialWidth
  }

  /// Numbers that one thread needs: the scores of a block.
  var workspaceCount: Int { Self.keyBlock(headDim: problem.headDim) }

  var taskCount: Int { problem.batchCount * problem.kvHeadCount * ranges.count }

  /// One range of one key/value head, for all its rows.
  func run(
    task: Int, partials: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    let (headIndex, range) = (task / ranges.count, ranges[task % ranges.count])
    let (batch, kvHead) = (headIndex / problem.kvHeadCount, headIndex % problem.kvHeadCount)
    let rows = partials + task * rowCount * partialWidth
    for row in 0..<rowCount {
      let partial = rows + row * partialWidth
      partial.update(repeating: 0, count: partialWidth)
      partial[problem.headDim] = -.infinity
    }
    let size = Self.keyBlock(headDim: problem.headDim)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let block = first..<min(first + size, range.upperBound)
      // The scores overwrite this: it is stored so that the reads are not left out.
      let read =
        touch(
          keys.head(kvHead, batch: batch) + first * keys.seqStride, stride: keys.seqStride,
          count: block.count, width: problem.headDim)
        + touch(
          values.head(kvHead, batch: batch) + first * values.seqStride, stride: values.seqStride,
          count: block.count, width: problem.headDim)
      store8(read, to: workspace)
      for row in 0..<rowCount {
        attend(
          head: kvHead * problem.groupSize + row / problem.queryLength,
          query: row % problem.queryLength,
          kvHead: kvHead, batch: batch, block: block, partial: rows + row * partialWidth,
          workspace: workspace)
      }
    }
  }

  /// One query against one block of keys.
  @inline(__always)
  private func attend(
    head: Int, query: Int, kvHead: Int, batch: Int, block: Range<Int>,
    partial: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    let seen = geometry.visibleKeys(of: query).clamped(to: block)
    if seen.isEmpty { return }
    let (width, scores) = (problem.headDim, workspace)
    scoreRow(
      query: queries.head(head, batch: batch) + query * queries.seqStride,
      keys: keys.head(kvHead, batch: batch) + seen.lowerBound * keys.seqStride,
      stride: keys.seqStride, count: seen.count, width: width, into: scores)
    let slope = problem.slopes.map { $0[head] * log2OfE } ?? 0
    let position = query + geometry.shift
    scaleScores(scores, seen, scale: problem.scale * log2OfE, slope: slope, position: position)
    let (old, sum) = (partial[width], partial[width + 1])
    let new = max(old, largest(of: scores, count: seen.count))
    // The first block starts from −∞: 2^(−∞) is 0.
    let factor = vexp2(Float8(repeating: old - new))[0]
    let added = raise(scores, count: seen.count, base: new)
    partial[width] = new
    partial[width + 1] = sum * factor + added
    addWeightedRows(
      scores, values: values.head(kvHead, batch: batch) + seen.lowerBound * values.seqStride,
      stride: values.seqStride, count: seen.count, width: width, factor: factor, output: partial)
  }

  /// Merges what the ranges left for one head of one sequence.
  func merge(task: Int, partials: UnsafePointer<Float>) {
    let (batch, head) = (task / problem.headCount, task % problem.headCount)
    let (kvHead, width) = (problem.kvHead(of: head), problem.headDim)
    for query in 0..<problem.queryLength {
      let row = head % problem.groupSize * problem.queryLength + query
      let first =
        partials + ((batch * problem.kvHeadCount + kvHead) * ranges.count * rowCount + row)
        * partialWidth
      let step = rowCount * partialWidth
      let target = output.head(head, batch: batch) + query * output.seqStride
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
      logSumExp[task * problem.queryLength + query] =
        sum > 0 ? largest / log2OfE + logf(sum) : -.infinity
      if sum > 0 { for d in 0..<width { target[d] /= sum } }
    }
  }
}

/// `scores = scores · scale − slope · |position − j|`, keys `range`; a whole number of registers is
/// written.
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

/// The largest of `count` scores; what lies after them up to a whole register is −∞.
@inline(__always)
func largest(of scores: UnsafePointer<Float>, count: Int) -> Float {
  var most = Float8(repeating: -.infinity)
  for i in stride(from: 0, to: count, by: 8) { most = maximum(load8(scores + i), most) }
  return largestLane(most)
}

/// `scores = 2^(scores − base)`, whole registers; gives the sum.
@inline(__always)
func raise(_ scores: UnsafeMutablePointer<Float>, count: Int, base: Float) -> Float {
  var sum = Float8.zero
  for i in stride(from: 0, to: count, by: 8) {
    let weight = vexp2(load8(scores + i) - Float8(repeating: base))
    store8(weight, to: scores + i)
    sum += weight
  }
  return sumOfLanes(sum)
}
