import Foundation

/// Families of operations, as the meter tells them apart.
public enum OperationKind: String, CaseIterable, Codable, Sendable {
  /// Matrix products: the linear layers.
  case product
  /// Scores and weighted sums; nothing else of attention is counted.
  case attention
  case normalization, activation, softmax, dropout, position, elementwise, token, optimizer
}

/// Operations and bytes of one family.
public struct FLOPCount: Equatable, Codable, Sendable {
  /// A multiplication and an addition count as two. In the families without products: one for each
  /// number written.
  public var flops = 0.0
  /// Four for each number that a call reads or writes, each operand once: what must move even if
  /// the cache were perfect.
  public var bytes = 0.0
  public var calls = 0

  public init() {}
}

/// What was counted, by family.
public struct FLOPCounts: Equatable, Codable, Sendable {
  public var counts: [OperationKind: FLOPCount]

  public init(counts: [OperationKind: FLOPCount] = [:]) { self.counts = counts }

  public subscript(kind: OperationKind) -> FLOPCount { counts[kind] ?? FLOPCount() }

  /// Products and attention: what papers count.
  public var multiplyAddFlops: Double {
    self[.product].flops + self[.attention].flops
  }
  public var totalBytes: Double { counts.values.reduce(0) { $0 + $1.bytes } }

  public static func - (later: FLOPCounts, earlier: FLOPCounts) -> FLOPCounts {
    var result = later
    for (kind, before) in earlier.counts {
      result.counts[kind]?.flops -= before.flops
      result.counts[kind]?.bytes -= before.bytes
      result.counts[kind]?.calls -= before.calls
    }
    result.counts = result.counts.filter { $0.value.calls > 0 }
    return result
  }
}

/// Counts what a device is asked to compute, by family and by scope. Exact, and the same on every
/// device, since it counts calls and shapes and no clock.
public final class FLOPMeter: @unchecked Sendable {
  private let lock = NSLock()
  private var reading = FLOPCounts()

  public init() {}

  /// Everything since the meter was made.
  public var current: FLOPCounts { lock.withLock { reading } }

  /// What a piece of work asks for.
  public func scope<Result>(
    _ body: () throws -> Result
  ) rethrows -> (result: Result, reading: FLOPCounts) {
    let before = current
    let result = try body()
    return (result, current - before)
  }

  func add(_ kind: OperationKind, flops: Int, numbers: Int) {
    lock.withLock {
      reading.counts[kind, default: FLOPCount()].flops += Double(flops)
      reading.counts[kind, default: FLOPCount()].bytes += Double(4 * numbers)
      reading.counts[kind, default: FLOPCount()].calls += 1
    }
  }
}
