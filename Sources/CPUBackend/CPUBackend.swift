import Dispatch
import Foundation
import TensorCore

/// The processor, with a given number of threads.
public final class CPUBackend {
  public let threadCount: Int
  public let meter = MemoryMeter()
  let pool = BufferPool()

  public init(threadCount: Int) {
    self.threadCount = threadCount
  }

  /// A tensor whose contents are undefined.
  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    Tensor(
      shape: shape,
      storage: HostStorage(count: shape.count, purpose: purpose, meter: meter, pool: pool))
  }

  /// Runs body(0..<tasks), at most `threadCount` at once, started in ascending order.
  func parallel(tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    if threadCount == 1 || tasks == 1 {
      for task in 0..<tasks { body(task, 0) }
      return
    }
    let lock = NSLock()
    var next = 0
    DispatchQueue.concurrentPerform(iterations: min(threadCount, tasks)) { worker in
      while true {
        let task = lock.withLock {
          defer { next += 1 }
          return next
        }
        if task >= tasks { return }
        body(task, worker)
      }
    }
  }
}
