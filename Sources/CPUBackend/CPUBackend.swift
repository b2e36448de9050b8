import CProcessor
import COpenBLAS
import TensorCore

/// A backend for the CPU, with SIMD kernels of this package, and OpenBLAS for products with vectors
/// and thin matrices.
///
/// OpenBLAS runs single-threaded; all work is split here, so that two thread pools never compete for
/// the same cores. Sums are split into pieces that depend on shapes only, so results are the same
/// bit for bit for every thread count.
public final class CPUBackend: Backend, @unchecked Sendable {
  public let threadCount: Int
  public let meter = MemoryMeter()
  let pool = BufferPool()
  /// Counts memory that `meter` does not: the packing buffers of products.
  let uncounted = MemoryMeter()
  /// The other threads; nil if there is only one thread.
  let workers: WorkerPool?

  public var deviceName: String { "cpu" }
  public var polledSeconds: Double { workers?.polledSeconds ?? 0 }
  public func rest() { workers?.rest() }

  /// - Parameter threadCount: how many threads share the work, at least 1.
  /// - Throws: `DeviceError.missingInstructions` if the processor cannot run the kernels.
  public init(threadCount: Int) throws(DeviceError) {
    try Self.requireInstructions(lclProcessorFeatures())
    self.threadCount = max(1, threadCount)
    workers = threadCount > 1 ? WorkerPool.withWorkers(threadCount - 1) : nil
    openblas_set_num_threads(1)
  }

  /// Throws if the processor lacks an instruction of the kernels. Without this check the process
  /// would end with an illegal instruction and no message.
  package static func requireInstructions(
    _ features: LCLProcessorFeatures
  ) throws(DeviceError) {
    #if arch(x86_64)
      var missing: [String] = []
      if !features.avx2 { missing.append("AVX2") }
      if !features.fma { missing.append("FMA") }
      if !missing.isEmpty { throw .missingInstructions(missing) }
    #endif
  }

  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    Tensor(
      shape: shape,
      storage: HostStorage(count: shape.count, purpose: purpose, meter: meter, pool: pool))
  }

  public func write(_ scalars: [Float], to tensor: Tensor) {
    scalars.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      tensor.hostPointer.update(from: base, count: tensor.count)
    }
  }

  public func read(_ tensor: Tensor) -> [Float] {
    Array(UnsafeBufferPointer(start: tensor.hostPointer, count: tensor.count))
  }

  public func withElements(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    withExtendedLifetime(tensor) {
      body(UnsafeBufferPointer(start: tensor.hostPointer, count: tensor.count))
    }
  }

  public func writeElements(
    of tensor: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    try withExtendedLifetime(tensor) {
      try body(UnsafeMutableBufferPointer(start: tensor.hostPointer, count: tensor.count))
    }
  }

  /// Bytes that are kept for reuse and that the meter does not count.
  public var idleBytes: Int { pool.idleBytes }
}
