import SmallTransformer

/// The last `stride` tokens, and every `stride`-th before them (Child et al., 2019, section 4.3).
///
/// The paper gives the two parts to different heads; here every head has both. With a stride of √n
/// a query looks at about 2√n keys, and two layers reach everything.
package struct Strided: SparsePattern {
  let stride: Int

  /// - Precondition: the stride is positive.
  package init(_ stride: Int) {
    precondition(stride > 0, "strided: a stride of \(stride); use at least 1")
    self.stride = stride
  }

  package var name: String { "strided \(stride)" }

  package func keys(of query: Int) -> [Range<Int>] {
    let column = Swift.stride(from: query, through: 0, by: -stride).map { $0..<$0 + 1 }
    return joinedRanges(column + [max(0, query - stride)..<query + 1])
  }

  /// Offsets 0 … l, and the multiples of l from 2l on.
  package func pairCount(length n: Int) -> Int? {
    let local = min(stride + 1, n)
    let columns = (n + stride - 1) / stride
    let localPairs: Int = local * n - local * (local - 1) / 2
    let columnPairs: Int = columns * n - stride * columns * (columns - 1) / 2
    // Offsets 0 and l are in both counts.
    return localPairs + columnPairs - n - max(0, n - stride)
  }
}
