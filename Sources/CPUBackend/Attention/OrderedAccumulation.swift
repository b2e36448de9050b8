import Foundation

/// Lets chunks of keys add to the same rows one after another, in ascending order of chunks, so that
/// sums of floating-point numbers come out the same whichever thread is faster.
///
/// Nobody waits for ever as long as chunks are *started* in ascending order: the lowest unfinished
/// chunk never waits for one that has not begun.
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

  func finish(_ chunk: Int, at rowBlock: Int) {
    condition.lock()
    lastDone[rowBlock] = Int32(chunk)
    condition.broadcast()
    condition.unlock()
  }
}
