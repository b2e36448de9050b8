import Autograd
import Dispatch
import TensorCore

/// An attention map at any length, made small while it is made: a block of queries at a time against
/// all keys before them.
package struct MapWithoutMatrix {
  /// Queries whose rows are made together.
  package static let rowsTogether = 64

  /// The pooled maps of some heads of a causal layer over one text.
  ///
  /// A block of queries is an attention call of its own: fewer queries than keys, aligned at the
  /// end, and no key after the block's last query. `report` is told the share that is done.
  ///
  /// - Returns: one map for each of `heads`.
  /// - Complexity: n² · headDim operations a head; memory: `rowsTogether` rows of n numbers, and the
  ///   grids.
  /// - Precondition: the problem is causal, one text, as many queries as keys.
  package static func maps(
    _ views: PackedHeads, _ problem: AttentionProblem, heads: Range<Int>, side: Int,
    on backend: any Backend, report: (Double) -> Void = { _ in }
  ) -> [PooledMap] {
    precondition(
      problem.isCausal && problem.batchCount == 1 && problem.queryLength == problem.keyLength,
      "map without matrix: one whole causal text, please")
    precondition(
      problem.blocks == nil, "map without matrix: kept blocks are counted from the text's start")
    let length = problem.queryLength
    let maps = heads.map { _ in Pool(PooledMap(length: length, side: side)) }
    for start in stride(from: 0, to: length, by: rowsTogether) {
      let rows = start..<min(length, start + rowsTogether)
      let numbers = heads.map { probabilities(of: rows, head: $0, views, problem, backend) }
      pool(numbers, into: maps, rows: rows, on: backend)
      report(Double(rows.upperBound) * Double(rows.upperBound) / Double(length) / Double(length))
    }
    return maps.map(\.map)
  }

  /// Pours each head's rows into its grid, the heads side by side. The device is asked for one head's
  /// numbers after the other, since it has one queue; only the pouring is shared among threads.
  private static func pool(
    _ numbers: [Tensor], into maps: [Pool], rows: Range<Int>, on backend: any Backend
  ) {
    func lend(_ jobs: [Job]) {
      guard jobs.count < maps.count else {
        return DispatchQueue.concurrentPerform(iterations: jobs.count) { jobs[$0].run() }
      }
      let map = maps[jobs.count]
      backend.withNumbers(numbers[jobs.count]) { lent in
        lend(jobs + [Job { map.add(lent, rows: rows) }])
      }
    }
    lend([])
  }

  /// One head's grid; no two threads touch the same.
  private final class Pool {
    private(set) var map: PooledMap

    init(_ map: PooledMap) { self.map = map }

    /// Takes in `[rows, rows.upperBound]` probabilities.
    func add(_ numbers: UnsafeBufferPointer<Float>, rows: Range<Int>) {
      for (i, row) in rows.enumerated() {
        let start = i * rows.upperBound
        map.add(
          row: row, firstKey: 0,
          UnsafeBufferPointer(rebasing: numbers[start..<start + rows.upperBound]))
      }
    }
  }

  /// Work on one head alone, so that threads may take different ones.
  private struct Job: @unchecked Sendable {
    let run: () -> Void
  }

  /// `[rows, rows.upperBound]`
  private static func probabilities(
    of rows: Range<Int>, head: Int, _ views: PackedHeads, _ problem: AttentionProblem,
    _ backend: any Backend
  ) -> Tensor {
    let kvHead = problem.kvHead(of: head)
    let part = AttentionProblem(
      batchCount: 1, queryLength: rows.count, keyLength: rows.upperBound, headCount: 1,
      headDim: problem.headDim, scale: problem.scale, window: problem.window,
      slopes: problem.slopes.map { [$0[head]] })
    let map = backend.empty([1, 1, rows.count, rows.upperBound], .workspace)
    backend.attentionMap(
      queries: moved(views.queries, head: head, row: rows.lowerBound),
      keys: moved(views.keys, head: kvHead, row: 0), into: map, part)
    return map
  }

  /// The view whose first head and first row are these.
  private static func moved(_ view: HeadView, head: Int, row: Int) -> HeadView {
    HeadView(
      view.tensor, offset: view.offset + head * view.headStride + row * view.seqStride,
      batchStride: view.batchStride, seqStride: view.seqStride, headStride: view.headStride)
  }
}
