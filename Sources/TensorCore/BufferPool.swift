import Foundation

/// A caching allocator for tensors in main memory; freed buffers go to a `FreeList`.
public final class BufferPool: @unchecked Sendable {
  private let idle: FreeList<UnsafeMutablePointer<Float>>

  /// - Parameter largestKeptBytes: larger buffers return to the system when they are freed.
  public init(largestKeptBytes: Int? = nil) {
    idle = largestKeptBytes.map { FreeList(largestKeptBytes: $0) } ?? FreeList()
  }

  deinit { trim() }

  /// Bytes of kept buffers; no tensor uses them.
  public var idleBytes: Int { idle.idleBytes }

  /// A buffer of at least `count` elements, with its actual capacity.
  func take(_ count: Int) -> (UnsafeMutablePointer<Float>, capacity: Int) {
    let capacity = max(16, (count + 15) / 16 * 16)
    let bytes = capacity * MemoryLayout<Float>.stride
    if let reused = idle.take(bytes: bytes) { return (reused, capacity) }
    guard let raw = Self.allocate(bytes) ?? retriedAllocation(bytes) else {
      MemoryRefusal.handler(bytes)
    }
    return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
  }

  private static let hugePage = 2 << 20

  /// Large buffers use huge pages if the system has them: at 100,000 tokens the hidden activations
  /// are a new mapping of 100 MB, and page faults for small pages took longer than the computation.
  ///
  /// `UnsafeMutableRawPointer.allocate` would trap, without a sentence, if the system has no memory.
  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let isLarge = byteCount >= 2 * hugePage
    var raw: UnsafeMutableRawPointer?
    guard posix_memalign(&raw, isLarge ? hugePage : 64, byteCount) == 0, let raw else { return nil }
    #if os(Linux)
      // A hint: without it the buffer works the same, with small pages.
      if isLarge { _ = madvise(raw, byteCount, MADV_HUGEPAGE) }
    #endif
    return raw
  }

  /// Frees the idle buffers and tries again.
  private func retriedAllocation(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    trim()
    return Self.allocate(byteCount)
  }

  /// Keeps a freed buffer for reuse, or returns it to the system if the limits do not allow that.
  func give(_ pointer: UnsafeMutablePointer<Float>, capacity: Int) {
    if !idle.keep(pointer, bytes: capacity * MemoryLayout<Float>.stride) {
      free(UnsafeMutableRawPointer(pointer))
    }
  }

  /// Returns every idle buffer to the system.
  public func trim() {
    for pointer in idle.removeAll() { free(UnsafeMutableRawPointer(pointer)) }
  }
}

/// What happens if the system has no memory for a tensor. An operation on tensors cannot throw, so a
/// handler ends the program.
public enum MemoryRefusal {
  /// Gets the number of bytes that were refused, on any thread. A program sets it before it computes.
  nonisolated(unsafe) public static var handler: (_ byteCount: Int) -> Never = { byteCount in
    preconditionFailure("the system has no memory for a tensor of \(byteCount) bytes")
  }
}
