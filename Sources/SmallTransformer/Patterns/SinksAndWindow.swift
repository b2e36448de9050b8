/// The first few tokens of the text and the last `window`: what is kept when a text streams past a
/// cache of fixed size (Xiao et al., 2024, section 3.2).
public struct SinksAndWindow: SparsePattern {
  public let sinkCount: Int
  /// The last so many tokens, the query's own included.
  public let windowLength: Int

  /// - Precondition: the window is positive, the count of sinks not negative.
  public init(sinks: Int, window: Int) {
    precondition(sinks >= 0 && window > 0, "sinks and window: \(sinks) sinks, window \(window)")
    sinkCount = sinks
    windowLength = window
  }

  public var name: String { "\(sinkCount) sinks + window \(windowLength)" }

  public func keys(of query: Int) -> [Range<Int>] {
    joinedRanges([
      0..<min(sinkCount, query + 1), max(0, query + 1 - windowLength)..<query + 1,
    ])
  }

  /// `Σ min(i + 1, S + W)`: a window of S + W for counting, though not for reading.
  public func pairCount(length n: Int) -> Int? {
    let keys = min(sinkCount + windowLength, n)
    return n * keys - keys * (keys - 1) / 2
  }
}
