import COpenCL
import Foundation
import TensorCore

/// Keeps freed device buffers ready for the next tensor of the same size.
///
/// A driver takes far longer to give a buffer than a kernel takes to fill it, and a training step
/// asks for the same few dozen sizes over and over. The limits are those of the CPU's pool. One
/// queue runs in order, so a buffer may be handed on while its last kernel still runs.
final class DeviceBufferPool: @unchecked Sendable {
  private let context: cl_context
  private let lock = NSLock()
  private var free: [Int: [cl_mem]] = [:]
  private var idle = 0
  private let largestKeptBytes = 64 << 20
  private let idleLimitBytes = 512 << 20

  init(context: cl_context) {
    self.context = context
    clRetainContext(context)
  }

  deinit {
    trim()
    clReleaseContext(context)
  }

  /// Bytes kept for reuse, in no tensor.
  var idleBytes: Int { lock.withLock { idle } }

  static func capacity(for bytes: Int) -> Int { max(64, (bytes + 63) / 64 * 64) }

  /// A buffer of at least so many bytes, or the driver's refusal.
  func take(_ bytes: Int) -> Result<cl_mem, Refusal> {
    let capacity = Self.capacity(for: bytes)
    let reused: cl_mem? = lock.withLock {
      guard let buffer = free[capacity]?.popLast() else { return nil }
      idle -= capacity
      return buffer
    }
    if let reused { return .success(reused) }
    return create(capacity).flatMapError { _ in
      // What lies idle may be what is missing.
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
    let capacity = Self.capacity(for: bytes)
    let isKept = lock.withLock {
      guard capacity <= largestKeptBytes, idle + capacity <= idleLimitBytes else { return false }
      free[capacity, default: []].append(buffer)
      idle += capacity
      return true
    }
    if !isKept { clReleaseMemObject(buffer) }
  }

  /// Gives every idle buffer back to the driver.
  func trim() {
    let buffers = lock.withLock {
      defer {
        free = [:]
        idle = 0
      }
      return free.values.flatMap { $0 }
    }
    for buffer in buffers { clReleaseMemObject(buffer) }
  }
}

/// Storage in a device's memory; without a buffer where the device refused it.
final class DeviceStorage: Storage {
  let buffer: cl_mem?
  private let shelf: DeviceBufferPool

  init(
    _ buffer: cl_mem?, count: Int, purpose: MemoryPurpose, meter: MemoryMeter,
    shelf: DeviceBufferPool
  ) {
    self.buffer = buffer
    self.shelf = shelf
    super.init(count: count, purpose: purpose, meter: meter)
  }

  deinit {
    if let buffer { shelf.give(buffer, bytes: byteCount) }
  }
}

/// Whole numbers in a device's memory: tokens, targets, lists. Not a tensor, and not metered.
final class DeviceList {
  let buffer: cl_mem?
  private let byteCount: Int
  private let shelf: DeviceBufferPool

  init(_ buffer: cl_mem?, byteCount: Int, shelf: DeviceBufferPool) {
    self.buffer = buffer
    self.byteCount = byteCount
    self.shelf = shelf
  }

  deinit {
    if let buffer { shelf.give(buffer, bytes: byteCount) }
  }
}
