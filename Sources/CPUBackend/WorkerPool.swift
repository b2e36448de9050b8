import CProcessor
import Dispatch
import Foundation
import Synchronization

/// Threads that share the tasks of one caller.
///
/// A worker that has no task polls for a while before it sleeps, because the kernels of a training
/// step follow each other within microseconds, and a thread that sleeps takes 50 µs and more to wake
/// up, on a virtual machine up to a millisecond. OpenMP and OpenBLAS poll for the same reason.
///
/// The caller takes tasks like a worker, and waits only for workers that have joined. So a worker
/// that wakes up late delays nobody.
package final class WorkerPool: @unchecked Sendable {
  /// The pool with `count` workers beside the caller. Pools live as long as the process, and all
  /// backends share them.
  static func withWorkers(_ count: Int) -> WorkerPool {
    pools.withLock { pools in
      if let pool = pools[count] { return pool }
      let pool = WorkerPool(workerCount: count)
      pools[count] = pool
      return pool
    }
  }

  private static let pools = Mutex<[Int: WorkerPool]>([:])

  /// Tasks and what runs them; valid while the job is open or a worker is joined.
  private struct Job {
    var taskCount = 0
    var body: UnsafePointer<(_ task: Int, _ worker: Int) -> Void>?
  }

  /// What wakes up one worker.
  private final class Sleeper: Sendable {
    let isAsleep = Atomic<Bool>(false)
    let wakeUp = DispatchSemaphore(value: 0)

    /// Wakes up the worker if it sleeps.
    func wake() {
      // The load is cheaper than the exchange, and most workers poll.
      if isAsleep.load(ordering: .sequentiallyConsistent),
        isAsleep.exchange(false, ordering: .sequentiallyConsistent)
      {
        wakeUp.signal()
      }
    }
  }

  private var job = Job()
  /// The number of the job, whether workers may join it, and how many have joined; see `openBit`.
  private let state = Atomic<UInt64>(0)
  private let nextTask = Atomic<Int>(0)
  private let isTaken = Atomic<Bool>(false)
  private let polledNanoseconds = Atomic<Int>(0)
  private let sleepers: [Sleeper]

  private static let joinedMask: UInt64 = 0x7FFF
  private static let openBit: UInt64 = 0x8000
  private static let jobShift: UInt64 = 16
  /// Polls before a worker sleeps, 100 to 200 µs: longer than the gaps between the kernels of a step.
  private static let pollCount = 4096

  package init(workerCount: Int) {
    sleepers = (0..<workerCount).map { _ in Sleeper() }
    for worker in sleepers.indices.map({ $0 + 1 }) {
      let thread = Thread { self.work(as: worker) }
      thread.name = "lab worker \(worker)"
      thread.start()
    }
  }

  /// Processor time that workers and callers have spent polling so far, in seconds. A poll counts when
  /// it ends; see `rest`.
  var polledSeconds: Double { Double(polledNanoseconds.load(ordering: .relaxed)) * 1e-9 }

  /// Waits until all workers sleep, or for a few milliseconds if another caller keeps them busy.
  func rest() {
    var waits = 0
    while waits < 100, !sleepers.allSatisfy({ $0.isAsleep.load(ordering: .acquiring) }) {
      usleep(50)
      waits += 1
    }
  }

  /// Runs `body` for each task on the caller and the workers. Tasks start in ascending order.
  ///
  /// - Precondition: at least one task.
  /// - Returns: false if another caller uses the pool; then nothing was run.
  package func run(tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) -> Bool {
    guard
      isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return false }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        job = Job(taskCount: tasks, body: pointer)
        nextTask.store(0, ordering: .relaxed)
        let number = (state.load(ordering: .relaxed) >> Self.jobShift) + 1
        // Sequentially consistent, like `isAsleep`: either a worker sees the job before it sleeps, or
        // this thread sees that it sleeps.
        state.store(number << Self.jobShift | Self.openBit, ordering: .sequentiallyConsistent)
        for sleeper in sleepers.prefix(tasks - 1) { sleeper.wake() }
        takeTasks(worker: 0)
        state.bitwiseAnd(~Self.openBit, ordering: .acquiringAndReleasing)
        if state.load(ordering: .acquiring) & Self.joinedMask != 0 { waitForWorkers() }
        job = Job()
      }
    }
    isTaken.store(false, ordering: .releasing)
    return true
  }

  private func takeTasks(worker: Int) {
    guard let body = job.body else { return }
    while true {
      let task = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
      if task >= job.taskCount { return }
      body.pointee(task, worker)
    }
  }

  private func waitForWorkers() {
    let start = threadNanoseconds()
    var polls = 0
    while state.load(ordering: .acquiring) & Self.joinedMask != 0 {
      lclPause()
      polls += 1
      // The worker may be waiting for this processor.
      if polls % 256 == 0 { sched_yield() }
    }
    addPolls(since: start)
  }

  private func work(as worker: Int) -> Never {
    let sleeper = sleepers[worker - 1]
    var lastJob: UInt64 = 0
    while true {
      if join(after: &lastJob) || pollForJob(after: &lastJob) {
        takeTasks(worker: worker)
        state.wrappingSubtract(1, ordering: .releasing)
      } else {
        sleep(in: sleeper, after: lastJob)
      }
    }
  }

  /// Joins the open job, if there is one that this worker has not joined yet.
  private func join(after lastJob: inout UInt64) -> Bool {
    while true {
      let seen = state.load(ordering: .relaxed)
      guard seen & Self.openBit != 0, seen >> Self.jobShift != lastJob else { return false }
      let change = state.compareExchange(
        expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
      if change.exchanged {
        lastJob = seen >> Self.jobShift
        return true
      }
    }
  }

  private func pollForJob(after lastJob: inout UInt64) -> Bool {
    let start = threadNanoseconds()
    defer { addPolls(since: start) }
    for _ in 0..<Self.pollCount {
      if join(after: &lastJob) { return true }
      lclPause()
    }
    return false
  }

  private func addPolls(since start: Int) {
    polledNanoseconds.wrappingAdd(threadNanoseconds() - start, ordering: .relaxed)
  }

  private func sleep(in sleeper: Sleeper, after lastJob: UInt64) {
    sleeper.isAsleep.store(true, ordering: .sequentiallyConsistent)
    let seen = state.load(ordering: .sequentiallyConsistent)
    let isJobOpen = seen & Self.openBit != 0 && seen >> Self.jobShift != lastJob
    // If the flag is already cleared, a signal is on its way and must be taken.
    if isJobOpen, sleeper.isAsleep.exchange(false, ordering: .sequentiallyConsistent) { return }
    sleeper.wakeUp.wait()
  }
}

/// Processor time of this thread so far.
private func threadNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
}
