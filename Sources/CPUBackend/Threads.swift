import Dispatch
import Synchronization

extension CPUBackend {
  /// Runs `body` for each task, at most `threadCount` at once. Tasks start in ascending order, so a
  /// task may wait for a lower one, but never for a higher one.
  ///
  /// `worker` is the index of the thread, 0 ..< threadCount, to choose its workspace.
  func parallel(tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let workers = min(threadCount, tasks)
    guard workers > 1 else {
      for task in 0..<tasks { body(task, 0) }
      return
    }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while true {
        let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if task >= tasks { return }
        body(task, worker)
      }
    }
  }

  /// Splits `count` rows into one range per thread, each of at least `minimum` rows.
  func forRows(_ count: Int, minimum: Int = 1, _ body: (Range<Int>) -> Void) {
    let pieces = max(1, min(threadCount, count / max(1, minimum)))
    guard pieces > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    DispatchQueue.concurrentPerform(iterations: pieces) { piece in
      let range = piece * count / pieces..<(piece + 1) * count / pieces
      if !range.isEmpty { body(range) }
    }
  }

  /// As `forRows`, for flat arrays: whole cache lines per thread, and at least 16 Ki elements.
  func forElements(_ count: Int, _ body: (Range<Int>) -> Void) {
    let lines = (count + 15) / 16
    forRows(lines, minimum: 1024) { range in
      body(range.lowerBound * 16..<min(count, range.upperBound * 16))
    }
  }

  /// The fewest rows of `width` elements for which another thread saves time.
  func minimumRows(width: Int) -> Int { max(1, 16384 / max(1, width)) }

  /// The number of pieces of every sum over rows. It is fixed so that results do not depend on the
  /// thread count; sixteen are enough for eight threads, and the partial sums stay small.
  static let sumPieceCount = 16
}
