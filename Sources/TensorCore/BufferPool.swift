import Foundation

/// A caching allocator for tensors in main memory; freed buffers go to a `FreeList`.
public final class BufferPool: @unchecked Sendable {
  private let free: FreeList<UnsafeMutablePointer<Float>>

  /// - Parameter largestKeptBytes: larger buffers return to the system when they are freed.
  public init(largestKeptBytes: Int? = nil) {
    free = largestKeptBytes.map { FreeList(largestKeptBytes: $0) } ?? FreeList()
  }

  deinit { trim() }

  /// Bytes of kept buffers; no tensor uses them.
  public var idleBytes: Int { free.idleBytes }

  /// A buffer of at least `count` elements, with its actual capacity.
  func take(_ count: Int) -> (UnsafeMutablePointer<Float>, capacity: Int) {
    let capacity = max(16, (count + 15) / 16 * 16)
    let bytes = capacity * MemoryLayout<Float>.stride
    if let reused = free.take(bytes: bytes) { return (reused, capacity) }
    let raw = Self.allocate(bytes)
    return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
  }

  private static let hugePage = 2 << 20

  /// Large buffers use huge pages if the system has them: at 100,000 tokens the hidden activations
  /// are a new mapping of 100 MB, and page faults for small pages took longer than the computation.
  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= 2 * hugePage else { return .allocate(byteCount: byteCount, alignment: 64) }
    let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    #if os(Linux)
      // A hint: without it the buffer works the same, with small pages.
      _ = madvise(raw, byteCount, MADV_HUGEPAGE)
    #endif
    return raw
  }

  /// Keeps a freed buffer for reuse, or returns it to the system if the limits do not allow that.
  func give(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    if !free.keep(pointer, bytes: capacity * MemoryLayout<Float>.stride) {
      UnsafeMutableRawPointer(pointer).deallocate()
    }
  }

  /// Returns every idle buffer to the system.
  public func trim() {
    for pointer in free.removeAll() { UnsafeMutableRawPointer(pointer).deallocate() }
  }
}
