import SmallTransformer

/// The query and every `dilation`-th token before it, `count` tokens in all (Beltagy et al., 2020).
///
/// It reaches `dilation` times as far as a window of the same cost. But it reaches only tokens
/// whose distance is a multiple of `dilation`, with any number of layers.
package struct DilatedWindow: SparsePattern {
  let count: Int
  let dilation: Int

  /// - Precondition: both are positive.
  package init(_ count: Int, dilation: Int) {
    precondition(
      count > 0 && dilation > 0,
      "dilated window: \(count) tokens, every \(dilation)-th; both must be at least 1")
    self.count = count
    self.dilation = dilation
  }

  package var name: String { "dilated \(count) × \(dilation)" }

  package func keys(of query: Int) -> [Range<Int>] {
    let kept = min(count, query / dilation + 1)
    return joinedRanges((0..<kept).map { query - $0 * dilation..<query - $0 * dilation + 1 })
  }

  /// `Kn − d·K(K − 1)/2`, with K the smaller of the window and n/d rounded up.
  package func pairCount(length n: Int) -> Int? {
    let (d, K) = (dilation, min(count, (n + dilation - 1) / dilation))
    return K * n - d * K * (K - 1) / 2
  }
}
