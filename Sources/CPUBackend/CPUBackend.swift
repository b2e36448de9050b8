import CProcessor
import COpenBLAS
import Dispatch
import TensorCore

/// The CPU: SIMD kernels of our own, and OpenBLAS for matrix products.
///
/// Threads are ours alone. OpenBLAS is told to use one, and every product is cut into
/// `threadCount` pieces here, as everything else is, so that its threads and ours never compete for
/// the same cores. Sums across rows are cut into a fixed number of pieces, whatever the thread
/// count, so results are the same bit for bit on one thread and on many.
public final class CPUBackend: Backend, @unchecked Sendable {
  public let threadCount: Int
  public let meter = MemoryMeter()
  let pool = BufferPool()

  public var deviceName: String { "cpu" }

  /// - Parameter threadCount: how many threads share the work, at least 1.
  /// - Throws: `DeviceError.missingInstructions` where the processor cannot run the kernels.
  public init(threadCount: Int) throws(DeviceError) {
    try Self.requireInstructions(lclProcessorFeatures())
    self.threadCount = max(1, threadCount)
    openblas_set_num_threads(1)
  }

  /// Checked before the first kernel runs: without it the process would die of an illegal
  /// instruction, with no word of why.
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

  public func withNumbers(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    withExtendedLifetime(tensor) {
      body(UnsafeBufferPointer(start: tensor.hostPointer, count: tensor.count))
    }
  }

  /// Bytes kept for reuse beside what the meter counts.
  public var idleBytes: Int { pool.idleBytes }
}
