import Autograd
import Dispatch
import TensorCore

/// Pooled attention maps of any length: probabilities are computed for a block of queries at a time
/// and pooled at once, so that no queries × keys matrix is stored.
package enum PooledAttention {
  /// Queries whose probabilities are computed together.
  package static let queryBlockLength = 64

  /// The pooled maps of some heads of a causal layer over one text.
  ///
  /// Each block of queries is a separate attention problem, with the keys up to the block's last
  /// query. `report` gets the fraction that is done.
  ///
  /// - Returns: one map for each of `heads`.
  /// - Complexity: n² · headDim FLOPs per head; memory for `queryBlockLength` rows of n elements
  ///   per head, and the pooled maps.
  /// - Precondition: the problem is causal, with one text, no block list, and as many queries as
  ///   keys.
  package static func maps(
    _ views: PackedHeads, _ problem: AttentionProblem, heads: Range<Int>, side: Int,
    on backend: any Backend, report: (Double) -> Void = { _ in }
  ) -> [PooledMap] {
    precondition(
      problem.isCausal && problem.batchCount == 1 && problem.queryLength == problem.keyLength,
      "pooled attention: the problem must be causal, with one whole text")
    precondition(
      problem.blocks == nil, "pooled attention: a pattern with a block list is not supported")
    let length = problem.queryLength
    let maps = heads.map { _ in HeadMap(PooledMap(length: length, side: side)) }
    for start in stride(from: 0, to: length, by: queryBlockLength) {
      let rows = start..<min(length, start + queryBlockLength)
      let blocks = heads.map { probabilities(of: rows, head: $0, views, problem, backend) }
      pool(blocks, into: maps, rows: rows, on: backend)
      report(Double(rows.upperBound) * Double(rows.upperBound) / Double(length) / Double(length))
    }
    return maps.map(\.map)
  }

  /// Adds each head's rows to its map, with one thread per head. Reads from the device are
  /// sequential, because it has one queue.
  private static func pool(
    _ blocks: [Tensor], into maps: [HeadMap], rows: Range<Int>, on backend: any Backend
  ) {
    // Recursive, because a pointer is valid only inside its own `withElements`.
    func readNext(_ jobs: [Job]) {
      guard jobs.count < maps.count else {
        return DispatchQueue.concurrentPerform(iterations: jobs.count) { jobs[$0].run() }
      }
      let map = maps[jobs.count]
      backend.withElements(blocks[jobs.count]) { elements in
        readNext(jobs + [Job { map.add(elements, rows: rows) }])
      }
    }
    readNext([])
  }

  /// The map of one head, by reference. No two threads use the same one.
  private final class HeadMap {
    private(set) var map: PooledMap

    init(_ map: PooledMap) { self.map = map }

    /// Adds probabilities of the shape `[rows, rows.upperBound]`.
    func add(_ probabilities: UnsafeBufferPointer<Float>, rows: Range<Int>) {
      for (i, row) in rows.enumerated() {
        let start = i * rows.upperBound
        map.add(
          row: row, firstKey: 0,
          UnsafeBufferPointer(rebasing: probabilities[start..<start + rows.upperBound]))
      }
    }
  }

  /// The pooling of one head, which runs on some thread.
  private struct Job: @unchecked Sendable {
    let run: () -> Void
  }

  /// The probabilities of some queries of one head, `[1, 1, rows, rows.upperBound]`.
  private static func probabilities(
    of rows: Range<Int>, head: Int, _ views: PackedHeads, _ problem: AttentionProblem,
    _ backend: any Backend
  ) -> Tensor {
    let part = AttentionProblem(
      batchCount: 1, queryLength: rows.count, keyLength: rows.upperBound, headCount: 1,
      headDim: problem.headDim, scale: problem.scale, window: problem.window,
      slopes: problem.slopes.map { [$0[head]] })
    let map = backend.empty([1, 1, rows.count, rows.upperBound], .workspace)
    backend.attentionMap(
      queries: subview(views.queries, head: head, row: rows.lowerBound),
      keys: subview(views.keys, head: problem.kvHead(of: head), row: 0), into: map, part)
    return map
  }

  /// A view that starts at this head and row.
  private static func subview(_ view: HeadView, head: Int, row: Int) -> HeadView {
    HeadView(
      view.tensor, offset: view.offset + head * view.headStride + row * view.seqStride,
      batchStride: view.batchStride, seqStride: view.seqStride, headStride: view.headStride)
  }
}
