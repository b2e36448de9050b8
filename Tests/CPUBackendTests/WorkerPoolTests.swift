import CPUBackend
import Dispatch
import Foundation
import Synchronization
import TensorCore
import TestSupport
import Testing

/// The threads that share the tasks of a kernel.
@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 7], [2, 3, 64, 1000])
  func everyTaskRunsOnce(workerCount: Int, taskCount: Int) {
    let pool = WorkerPool(workerCount: workerCount)
    let runs = (0..<taskCount).map { _ in Counter() }
    // Jobs follow each other at once, and after the workers have gone to sleep.
    for pause in [0, 0, 0, 0.002, 0, 0.005, 0] {
      if pause > 0 { idle(seconds: pause) }
      #expect(
        pool.run(tasks: taskCount) { task, worker in
          runs[task].value.add(1, ordering: .relaxed)
          if !(0...workerCount).contains(worker) { runs[task].value.add(100, ordering: .relaxed) }
        })
    }
    #expect(runs.allSatisfy { $0.value.load(ordering: .relaxed) == 7 })
  }

  /// Two threads never have the same index at the same time: each index has its own workspace.
  @Test func indicesOfThreadsAreNotShared() {
    let pool = WorkerPool(workerCount: 3)
    let inUse = (0..<4).map { _ in Counter() }
    let clashes = Counter()
    for _ in 0..<200 {
      #expect(
        pool.run(tasks: 16) { _, worker in
          if inUse[worker].value.add(1, ordering: .relaxed).oldValue != 0 {
            clashes.value.add(1, ordering: .relaxed)
          }
          for _ in 0..<200 { _ = inUse[worker].value.load(ordering: .relaxed) }
          inUse[worker].value.subtract(1, ordering: .relaxed)
        })
    }
    #expect(clashes.value.load(ordering: .relaxed) == 0)
  }

  /// What the tasks of one job have written is there when `run` returns, and in the next job.
  @Test func writesOfTasksAreVisible() {
    let pool = WorkerPool(workerCount: 3)
    let count = 5000
    let numbers = UnsafeMutablePointer<Int>.allocate(capacity: count)
    defer { numbers.deallocate() }
    numbers.initialize(repeating: 0, count: count)
    nonisolated(unsafe) let base = numbers
    for round in 1...50 {
      #expect(
        pool.run(tasks: 50) { task, _ in
          // Each task adds to what another thread may have written in the round before.
          for i in 0..<count / 50 { base[(task + round) % 50 * (count / 50) + i] += 1 }
        })
    }
    #expect((0..<count).allSatisfy { numbers[$0] == 50 })
  }

  @Test func aPoolInUseRefusesAnotherCaller() {
    let pool = WorkerPool(workerCount: 1)
    let refused = Counter()
    #expect(
      pool.run(tasks: 2) { _, _ in
        if !pool.run(tasks: 2, { _, _ in }) { refused.value.add(1, ordering: .relaxed) }
      })
    #expect(refused.value.load(ordering: .relaxed) == 2)
    #expect(pool.run(tasks: 2) { _, _ in }, "the pool is free again")
  }

  /// Callers on several threads, each with its own result: none runs with the other's tasks.
  @Test func callersOnSeveralThreads() throws {
    let backend = try CPUBackend(threadCount: 3)
    let rows = 64
    let size = rows * 4096
    let wrong = Counter()
    DispatchQueue.concurrentPerform(iterations: 4) { caller in
      for round in 0..<20 {
        let x = backend.full(Float(caller), [rows, 4096], .workspace)
        backend.add(backend.full(Float(round), [rows, 4096], .workspace), to: x)
        if backend.read(x) != [Float](repeating: Float(caller + round), count: size) {
          wrong.value.add(1, ordering: .relaxed)
        }
      }
    }
    #expect(wrong.value.load(ordering: .relaxed) == 0)
  }
}

private final class Counter: Sendable { let value = Atomic<Int>(0) }
