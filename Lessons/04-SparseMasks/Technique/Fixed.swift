import SmallTransformer

/// The query's own segment of the text, and the last `summary` tokens of each earlier segment
/// (Child et al., 2019, section 4.3). What a segment passes on must fit into these last tokens.
package struct Fixed: SparsePattern {
  /// Tokens per segment.
  let segment: Int
  /// Tokens at the end of each segment that all later queries see.
  let summary: Int

  /// - Precondition: 1 ≤ summary ≤ segment.
  package init(_ segment: Int, summary: Int) {
    precondition(
      summary > 0 && summary <= segment,
      "fixed: the last \(summary) tokens of segments of \(segment) tokens; use 1 to \(segment)")
    self.segment = segment
    self.summary = summary
  }

  package var name: String { "fixed \(segment), last \(summary)" }

  package func keys(of query: Int) -> [Range<Int>] {
    let own = query / segment
    let ends = (0..<own).map { ($0 + 1) * segment - summary..<($0 + 1) * segment }
    return joinedRanges(ends + [own * segment..<query + 1])
  }

  /// The causal pairs inside each segment, and `summary` keys for each earlier segment.
  package func pairCount(length n: Int) -> Int? {
    let (whole, rest) = (n / segment, n % segment)
    let own: Int = whole * segment * (segment + 1) / 2 + rest * (rest + 1) / 2
    let earlier: Int = segment * whole * (whole - 1) / 2 + rest * whole
    return own + summary * earlier
  }
}
