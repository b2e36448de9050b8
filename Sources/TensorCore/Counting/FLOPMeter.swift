import Foundation

/// A family of kernels that are counted together.
public enum KernelFamily: String, CaseIterable, Codable, Sendable {
  /// Matrix products: the linear layers, and scaled rows as the product of a diagonal matrix.
  case product
  /// Scores and weighted sums; nothing else of attention is counted.
  case attention
  case normalization, activation, softmax, dropout, position, elementwise, row, token, optimizer
}

/// FLOPs, bytes and calls of one family.
public struct FLOPCount: Equatable, Codable, Sendable {
  /// A multiply-add counts as 2 FLOPs. In the families without products: one per element written.
  public var flops = 0.0
  /// Four per element that a call reads or writes, each operand once: the traffic with a perfect
  /// cache.
  public var bytes = 0.0
  public var calls = 0

  public init() {}
}

/// FLOPs, bytes and calls by family.
public struct FLOPCounts: Equatable, Codable, Sendable {
  public var counts: [KernelFamily: FLOPCount]

  public init(counts: [KernelFamily: FLOPCount] = [:]) { self.counts = counts }

  public subscript(family: KernelFamily) -> FLOPCount { counts[family] ?? FLOPCount() }

  /// FLOPs of products and attention: what papers count.
  public var multiplyAddFlops: Double {
    self[.product].flops + self[.attention].flops
  }
  public var totalBytes: Double { counts.values.reduce(0) { $0 + $1.bytes } }

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

/// Counts FLOPs and bytes by family and by scope. Exact, and the same on every device, since it
/// counts calls and shapes and reads no clock.
public final class FLOPMeter: @unchecked Sendable {
  private let lock = NSLock()
  private var total = FLOPCounts()

  public init() {}

  /// Everything since the meter was made.
  public var current: FLOPCounts { lock.withLock { total } }

  /// Runs `body` and returns its result with what it asked for.
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
