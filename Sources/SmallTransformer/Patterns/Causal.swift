import TensorCore

/// Every token up to and including the query's own.
public struct Causal: SparsePattern {
  public init() {}
  public var name: String { "causal" }
  /// The kernel knows causality without a list of blocks.
  public func blocks(length: Int) -> BlockList? { nil }
  public func keys(of query: Int) -> [Range<Int>] { [0..<query + 1] }

  /// `n(n + 1)/2`
  public func pairCount(length n: Int) -> Int? { n * (n + 1) / 2 }
}
