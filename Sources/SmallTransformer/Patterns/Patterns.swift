import TensorCore

/// Every token sees itself and all tokens before it.
public struct Causal: SparsePattern {
  public init() {}
  public var name: String { "causal" }
  /// Kernels implement causality without a block list.
  public func blocks(length: Int) -> BlockList? { nil }
  public func keys(of query: Int) -> [Range<Int>] { [0..<query + 1] }

  /// `n(n + 1)/2`
  public func pairCount(length n: Int) -> Int? { n * (n + 1) / 2 }
}

/// Every token sees every other, before or after it: the pattern of an encoder (Vaswani et al.,
/// 2017, section 3.2.3). It does not support generation or a cache.
public struct Bidirectional: AttentionPattern {
  public init() {}
  public var name: String { "bidirectional" }
  public var isCausal: Bool { false }
}

/// The last `length` tokens, the query's own included (Beltagy et al., 2020; Jiang et al., 2023).
///
/// After L layers, information has come from at most `L·(length − 1)` tokens back.
public struct SlidingWindow: SparsePattern {
  /// The number of last tokens, the query's own included.
  public let length: Int

  /// - Precondition: `length` is positive.
  public init(_ length: Int) {
    precondition(length > 0, "sliding window: \(length) tokens; it must have at least 1")
    self.length = length
  }

  public var name: String { "window \(length)" }
  /// Kernels implement a window without a block list.
  public var window: Int? { length }
  public func blocks(length: Int) -> BlockList? { nil }

  public func keys(of query: Int) -> [Range<Int>] { [max(0, query + 1 - length)..<query + 1] }

  /// `nW − W(W − 1)/2`
  public func pairCount(length n: Int) -> Int? {
    let keys = min(length, n)
    return n * keys - keys * (keys - 1) / 2
  }
}

/// The first few tokens of the text ("sinks") and the last `window` tokens, which are those that a
/// cache of fixed size keeps (Xiao et al., 2024, section 3.2).
public struct SinksAndWindow: SparsePattern {
  /// The number of first tokens of the text that every query attends to.
  public let sinkCount: Int
  /// The number of last tokens, the query's own included.
  public let windowLength: Int

  /// - Precondition: the window is positive, the count of sinks not negative.
  public init(sinks: Int, window: Int) {
    precondition(
      sinks >= 0 && window > 0,
      "sinks and window: \(sinks) sinks, window \(window); need sinks ≥ 0 and window ≥ 1")
    sinkCount = sinks
    windowLength = window
  }

  public var name: String { "\(sinkCount) sinks + window \(windowLength)" }

  public func keys(of query: Int) -> [Range<Int>] {
    joinedRanges([
      0..<min(sinkCount, query + 1), max(0, query + 1 - windowLength)..<query + 1,
    ])
  }

  /// `Σ min(i + 1, S + W)`: as many pairs as a window of S + W.
  public func pairCount(length n: Int) -> Int? {
    let keys = min(sinkCount + windowLength, n)
    return n * keys - keys * (keys - 1) / 2
  }
}
