import TensorCore

/// The last `length` tokens, the query's own included (Beltagy et al., 2020; Jiang et al., 2023).
///
/// After L layers a token can have heard from `L·(length − 1)` tokens back.
public struct SlidingWindow: SparsePattern {
  public let length: Int

  /// - Precondition: `length` is positive.
  public init(_ length: Int) {
    precondition(length > 0, "sliding window: \(length) tokens")
    self.length = length
  }

  public var name: String { "window \(length)" }
  /// The kernel knows a window without a list of blocks.
  public var window: Int? { length }
  public func blocks(length: Int) -> BlockList? { nil }

  public func keys(of query: Int) -> [Range<Int>] { [max(0, query + 1 - length)..<query + 1] }

  /// `nW − W(W − 1)/2`
  public func pairCount(length n: Int) -> Int? {
    let keys = min(length, n)
    return n * keys - keys * (keys - 1) / 2
  }
}
