import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The time of kernel calls by family.
public final class KernelTimes: Sendable {
  /// The calls of one family.
  public struct Time: Equatable, Sendable {
    public var wallSeconds = 0.0
    /// Processor time of all threads, without polling (`Backend.polledSeconds`).
    ///
    /// A poll counts in the kernel that ends it, also the part before that kernel began. So the time
    /// is up to 0.2 ms per call and thread too low; it says little of kernels that are as short.
    public var processorSeconds = 0.0

    public init() {}
  }

  private let byFamily = Mutex<[KernelFamily: Time]>([:])

  /// The times since this object was created or reset.
  public var current: [KernelFamily: Time] { byFamily.withLock { $0 } }

  /// Sets all times to zero.
  public func reset() { byFamily.withLock { $0 = [:] } }

  /// Runs a kernel, waits until the device has done it, and adds its time.
  func timing<Result>(
    _ family: KernelFamily, on backend: any Backend, _ kernel: () -> Result
  ) -> Result {
    let (start, processor) = (seconds(on: CLOCK_MONOTONIC), backend.processorSeconds())
    let result = kernel()
    backend.synchronize()
    let wall = seconds(on: CLOCK_MONOTONIC) - start
    let busy = backend.processorSeconds() - processor
    byFamily.withLock {
      $0[family, default: Time()].wallSeconds += wall
      $0[family, default: Time()].processorSeconds += busy
    }
    return result
  }
}
