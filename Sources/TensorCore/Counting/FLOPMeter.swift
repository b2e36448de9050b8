import Foundation

/// A family of kernels whose FLOPs are counted together.
public enum KernelFamily: String, CaseIterable, Codable, Sendable {
  /// Matrix products: the linear layers, and scaled rows as the product of a diagonal matrix.
  case product
  /// The matrix products of attention; its softmax is not counted.
  case attention
  case normalization, activation, softmax, dropout, position, elementwise, row, token, optimizer
}

/// FLOPs, bytes and calls of one family.
public struct FLOPCount: Equatable, Codable, Sendable {
  /// A multiply-add counts as 2 FLOPs. Families without products count one FLOP per element
  /// written.
  public var flops = 0.0
  /// Memory traffic with a perfect cache: four bytes per element, each operand read or written
  /// once.
  public var bytes = 0.0
  /// The number of kernel calls.
  public var calls = 0

  public init() {}
}

/// FLOPs, bytes and calls by family.
public struct FLOPCounts: Equatable, Codable, Sendable {
  public var counts: [KernelFamily: FLOPCount]

  public init(counts: [KernelFamily: FLOPCount] = [:]) { self.counts = counts }

  /// The counts of one family; zero if it was not called.
  public subscript(family: KernelFamily) -> FLOPCount { counts[family] ?? FLOPCount() }

  /// FLOPs of matrix products and attention, which are those that papers count.
  public var multiplyAddFlops: Double {
    self[.product].flops + self[.attention].flops
  }
  /// Bytes of all families.
  public var totalBytes: Double { counts.values.reduce(0) { $0 + $1.bytes } }

  /// The counts between two moments, without families that were not called.
  public static func - (later: FLOPCounts, earlier: FLOPCounts) -> FLOPCounts {
    var result = later
    for (family, before) in earlier.counts {
      result.counts[family]?.flops -= before.flops
      result.counts[family]?.bytes -= before.bytes
      result.counts[family]?.calls -= before.calls
    }
    result.counts = result.counts.filter { $0.value.calls > 0 }
    return result
  }
}

/// Counts FLOPs and bytes by kernel family and by scope. The counts follow from calls and shapes,
/// so they are exact and the same on every device.
public final class FLOPMeter: @unchecked Sendable {
  private let lock = NSLock()
  private var total = FLOPCounts()

  public init() {}

  /// The counts since the meter was created.
  public var current: FLOPCounts { lock.withLock { total } }

  /// Runs `body` and returns its result with the counts of its kernel calls.
  public func scope<Result>(
    _ body: () throws -> Result
  ) rethrows -> (result: Result, counts: FLOPCounts) {
    let before = current
    let result = try body()
    return (result, current - before)
  }

  func add(_ family: KernelFamily, flops: Int, elements: Int) {
    lock.withLock {
      total.counts[family, default: FLOPCount()].flops += Double(flops)
      total.counts[family, default: FLOPCount()].bytes += Double(4 * elements)
      total.counts[family, default: FLOPCount()].calls += 1
    }
  }
}
