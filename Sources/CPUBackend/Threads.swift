extension CPUBackend {
  /// Runs `body` for each task, at most `threadCount` at once. Tasks start in ascending order, so a
  /// task may wait for a lower one, but never for a higher one.
  ///
  /// - Parameters:
  ///   - tasks: the number of tasks.
  ///   - operations: FLOPs, or elements moved, of all tasks together. Below 100,000, about 10 µs, one
  ///     thread runs them all.
  ///   - body: gets the index of the task, and that of the thread, 0 ..< threadCount, to choose its
  ///     workspace.
  func parallel(tasks: Int, operations: Int = .max, _ body: (_ task: Int, _ worker: Int) -> Void) {
    if tasks > 1, operations >= 100_000, let workers, workers.run(tasks: tasks, body) { return }
    for task in 0..<tasks { body(task, 0) }
  }

  /// As `parallel`, for tasks without a workspace.
  func forTasks(_ tasks: Int, operations: Int = .max, _ body: (_ task: Int) -> Void) {
    parallel(tasks: tasks, operations: operations) { task, _ in body(task) }
  }

  /// Splits `count` rows into ranges of at least `minimum` rows, four for each thread: a thread that
  /// starts late or is interrupted leaves its ranges to the others.
  func forRows(_ count: Int, minimum: Int = 1, _ body: (Range<Int>) -> Void) {
    let most = count / max(1, minimum)
    guard most > 1, threadCount > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    let pieces = min(4 * threadCount, most)
    forTasks(pieces) { piece in
      body(piece * count / pieces..<(piece + 1) * count / pieces)
    }
  }

  /// As `forRows`, for flat arrays: whole cache lines, and at least 16 Ki elements.
  func forElements(_ count: Int, _ body: (Range<Int>) -> Void) {
    let lines = (count + 15) / 16
    forRows(lines, minimum: 1024) { range in
      body(range.lowerBound * 16..<min(count, range.upperBound * 16))
    }
  }

  /// The fewest rows of `width` elements for which another task saves time.
  func minimumRows(width: Int) -> Int { max(1, 16384 / max(1, width)) }

  /// The number of pieces of every sum over rows. It is fixed so that results do not depend on the
  /// thread count; sixteen are enough for eight threads, and the partial sums stay small.
  static let sumPieceCount = 16
}
