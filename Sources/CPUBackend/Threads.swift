import Dispatch
import Synchronization

extension CPUBackend {
  /// Runs `body` for each task, at most `threadCount` at once; whoever is free takes the next, in
  /// ascending order: a task may wait for one of a lower number, never the other way round.
  ///
  /// `worker` numbers the thread, 0 ..< threadCount, for a workspace of its own.
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

  /// Cuts `count` rows into one run for each thread; a thread is not worth waking for fewer than
  /// `minimum` rows.
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

  /// The same for flat arrays: whole cache lines a thread, and no thread for less than 16 Ki.
  func forElements(_ count: Int, _ body: (Range<Int>) -> Void) {
    let lines = (count + 15) / 16
    forRows(lines, minimum: 1024) { range in
      body(range.lowerBound * 16..<min(count, range.upperBound * 16))
    }
  }

  /// The fewest rows of `width` numbers that are worth a thread.
  func minimumRows(width: Int) -> Int { max(1, 16384 / max(1, width)) }

  /// Into how many pieces a sum over rows is always cut, so that it does not depend on the thread
  /// count. Sixteen leave enough for eight threads, and the partial sums stay small.
  static let sumPieceCount = 16
}
