import Foundation

/// Lets chunks of keys add to the same rows in ascending order of chunks, so that floating-point
/// sums are the same for any timing of the threads.
///
/// There is no deadlock if chunks are *started* in ascending order: the lowest unfinished chunk
/// never waits for one that has not started.
final class OrderedAccumulation {
  private let condition = NSCondition()
  /// For each row block, the last chunk that has added to it; −1 before the first.
  private var lastDone: [Int32]

  init(rowBlockCount: Int) {
    lastDone = Array(repeating: -1, count: rowBlockCount)
  }

  /// Waits until chunk `previous` (−1 for none) has added to `rowBlock`.
  func wait(for previous: Int, at rowBlock: Int) {
    if previous < 0 { return }
    condition.lock()
    while lastDone[rowBlock] != Int32(previous) { condition.wait() }
    condition.unlock()
  }

  /// Reports that a chunk has added to `rowBlock`.
  func finish(_ chunk: Int, at rowBlock: Int) {
    condition.lock()
    lastDone[rowBlock] = Int32(chunk)
    condition.broadcast()
    condition.unlock()
  }
}
