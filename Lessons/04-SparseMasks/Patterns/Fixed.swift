import SmallTransformer

/// The query's own stretch of `stretch` tokens, and the last `summary` tokens of each stretch before
/// it (Child et al., 2019, section 4.3): what a stretch has to say must fit into its end.
package struct Fixed: SparsePattern {
  let stretch: Int
  let summary: Int

  /// - Precondition: 1 ≤ summary ≤ stretch.
  package init(_ stretch: Int, summary: Int) {
    precondition(
      summary > 0 && summary <= stretch, "fixed: the last \(summary) tokens of each \(stretch)")
    self.stretch = stretch
    self.summary = summary
  }

  package var name: String { "fixed \(stretch), last \(summary)" }

  package func keys(of query: Int) -> [Range<Int>] {
    let own = query / stretch
    let ends = (0..<own).map { ($0 + 1) * stretch - summary..<($0 + 1) * stretch }
    return joinedRanges(ends + [own * stretch..<query + 1])
  }

  /// Own stretches as triangles, and `summary` keys for each earlier stretch.
  package func pairCount(length n: Int) -> Int? {
    let (whole, rest) = (n / stretch, n % stretch)
    let own: Int = whole * stretch * (stretch + 1) / 2 + rest * (rest + 1) / 2
    let earlier: Int = stretch * whole * (whole - 1) / 2 + rest * whole
    return own + summary * earlier
  }
}
