import Foundation

/// The free list of a caching allocator: freed buffers by size, for reuse.
///
/// A training step frees and allocates the same few dozen sizes again and again, and allocating a
/// new buffer is slow on every device. Buffers above `largestKeptBytes` are not kept: at long
/// lengths a kept score matrix would be memory that the meter does not see.
public final class FreeList<Buffer>: @unchecked Sendable {
  private let lock = NSLock()
  private var buffers: [Int: [Buffer]] = [:]
  private var idle = 0
  private let largestKeptBytes: Int
  private let idleLimitBytes: Int

  /// - Parameters:
  ///   - largestKeptBytes: larger buffers are never kept.
  ///   - idleLimitBytes: the most bytes to keep in all.
  public init(largestKeptBytes: Int = 64 << 20, idleLimitBytes: Int = 512 << 20) {
    self.largestKeptBytes = largestKeptBytes
    self.idleLimitBytes = idleLimitBytes
  }

  /// Bytes of kept buffers; no tensor uses them.
  public var idleBytes: Int { lock.withLock { idle } }

  /// Removes and returns a buffer of exactly this size; nil if there is none.
  public func take(bytes: Int) -> Buffer? {
    lock.withLock {
      guard let buffer = buffers[bytes]?.popLast() else { return nil }
      idle -= bytes
      return buffer
    }
  }

  /// Keeps a buffer for reuse; returns whether the limits allow it.
  public func keep(_ buffer: Buffer, bytes: Int) -> Bool {
    lock.withLock {
      guard bytes <= largestKeptBytes, idle + bytes <= idleLimitBytes else { return false }
      buffers[bytes, default: []].append(buffer)
      idle += bytes
      return true
    }
  }

  /// Removes and returns every buffer, to be released.
  public func removeAll() -> [Buffer] {
    lock.withLock {
      defer {
        buffers = [:]
        idle = 0
      }
      return buffers.values.flatMap { $0 }
    }
  }
}
