import COpenCL
import TensorCore

/// A caching allocator in a device's memory; freed buffers go to a `FreeList`.
///
/// The queue runs in order, so a buffer may be reused while its last kernel still runs.
final class DeviceBufferPool: @unchecked Sendable {
  private let context: cl_context
  private let free = FreeList<cl_mem>()

  init(context: cl_context) {
    self.context = context
    clRetainContext(context)
  }

  deinit {
    trim()
    clReleaseContext(context)
  }

  /// Bytes of kept buffers; no tensor uses them.
  var idleBytes: Int { free.idleBytes }

  static func capacity(for bytes: Int) -> Int { max(64, (bytes + 63) / 64 * 64) }

  /// A buffer of at least `bytes` bytes, or the driver's error.
  func take(_ bytes: Int) -> Result<cl_mem, Refusal> {
    let capacity = Self.capacity(for: bytes)
    if let reused = free.take(bytes: capacity) { return .success(reused) }
    return create(capacity).flatMapError { _ in
      // Kept buffers may occupy the memory that is missing.
      trim()
      return create(capacity)
    }
  }

  struct Refusal: Error { let status: cl_int }

  private func create(_ capacity: Int) -> Result<cl_mem, Refusal> {
    var status: cl_int = CL_SUCCESS
    let buffer = clCreateBuffer(context, cl_mem_flags(CL_MEM_READ_WRITE), capacity, nil, &status)
    guard let buffer, status == CL_SUCCESS else { return .failure(Refusal(status: status)) }
    return .success(buffer)
  }

  func give(_ buffer: cl_mem, bytes: Int) {
    if !free.keep(buffer, bytes: Self.capacity(for: bytes)) { clReleaseMemObject(buffer) }
  }

  /// Returns every kept buffer to the driver.
  func trim() {
    for buffer in free.removeAll() { clReleaseMemObject(buffer) }
  }
}

/// Storage in a device's memory; the buffer is nil if the allocation failed.
final class DeviceStorage: Storage {
  let buffer: cl_mem?
  private let pool: DeviceBufferPool

  init(
    _ buffer: cl_mem?, count: Int, purpose: MemoryPurpose, meter: MemoryMeter,
    pool: DeviceBufferPool
  ) {
    self.buffer = buffer
    self.pool = pool
    super.init(count: count, purpose: purpose, meter: meter)
  }

  deinit {
    if let buffer { pool.give(buffer, bytes: byteCount) }
  }
}

/// A list in a device's memory: tokens, targets, tiles. It is not a tensor and is not metered.
final class DeviceList {
  let buffer: cl_mem?
  private let byteCount: Int
  private let pool: DeviceBufferPool

  init(_ buffer: cl_mem?, byteCount: Int, pool: DeviceBufferPool) {
    self.buffer = buffer
    self.byteCount = byteCount
    self.pool = pool
  }

  deinit {
    if let buffer { pool.give(buffer, bytes: byteCount) }
  }
}
