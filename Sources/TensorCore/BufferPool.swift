import Foundation

/// Keeps freed host buffers ready for the next tensor of the same size.
///
/// A training step frees and asks for the same few dozen sizes, over and over. Without a pool each
/// large buffer is a fresh mapping, and the kernel fills it page by page while we write.
/// Buffers above `largestKeptBytes` go straight back: at long lengths a kept score matrix would be
/// memory that the meter does not see.
public final class BufferPool: @unchecked Sendable {
  private let lock = NSLock()
  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
  private var idle = 0
  private let largestKeptBytes: Int
  private let idleLimitBytes: Int

  public init(largestKeptBytes: Int = 64 << 20, idleLimitBytes: Int = 512 << 20) {
    self.largestKeptBytes = largestKeptBytes
    self.idleLimitBytes = idleLimitBytes
  }

  deinit { trim() }

  /// Bytes kept for reuse, in no tensor.
  public var idleBytes: Int { lock.withLock { idle } }

  /// A buffer of at least `count` numbers, with its true capacity.
  func take(_ count: Int) -> (UnsafeMutablePointer<Float>, capacity: Int) {
    let capacity = max(16, (count + 15) / 16 * 16)
    let reused: UnsafeMutablePointer<Float>? = lock.withLock {
      guard let pointer = free[capacity]?.popLast() else { return nil }
      idle -= capacity * MemoryLayout<Float>.stride
      return pointer
    }
    if let reused { return (reused, capacity) }
    let raw = Self.allocate(capacity * MemoryLayout<Float>.stride)
    return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
  }

  private static let hugePage = 2 << 20

  /// Large buffers lie in huge pages where the system gives them: at 100,000 tokens a hidden layer is
  /// a fresh mapping of 100 MB, and asking for it page by page took longer than computing it.
  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= 2 * hugePage else { return .allocate(byteCount: byteCount, alignment: 64) }
    let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    #if os(Linux)
      // A hint: where it is not taken, small pages do the same.
      _ = madvise(raw, byteCount, MADV_HUGEPAGE)
    #endif
    return raw
  }

  func give(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    let bytes = capacity * MemoryLayout<Float>.stride
    let isKept = lock.withLock {
      guard bytes <= largestKeptBytes, idle + bytes <= idleLimitBytes else { return false }
      free[capacity, default: []].append(pointer)
      idle += bytes
      return true
    }
    if !isKept { UnsafeMutableRawPointer(pointer).deallocate() }
  }

  /// Gives every idle buffer back to the system.
  public func trim() {
    let buffers = lock.withLock {
      defer {
        free = [:]
        idle = 0
      }
      return free.values.flatMap { $0 }
    }
    for pointer in buffers { UnsafeMutableRawPointer(pointer).deallocate() }
  }
}
