import SmallTransformer

/// A sliding window, and a few global tokens: every later query sees them, and they see every
/// earlier key (Beltagy et al., 2020, section 3.1).
///
/// The paper gives global tokens their own projections; here they use those of all tokens.
package struct GlobalTokens: SparsePattern {
  let window: Int
  /// Positions of the global tokens, ascending.
  let places: [Int]

  /// - Precondition: the window is positive; positions ascend and are not negative.
  package init(window: Int, at places: [Int]) {
    precondition(window > 0, "global tokens: a window of \(window) tokens; use at least 1")
    precondition(
      places.allSatisfy { $0 >= 0 } && zip(places, places.dropFirst()).allSatisfy(<),
      "global tokens: positions \(places) are negative or do not ascend")
    self.window = window
    self.places = places
  }

  package var name: String { "window \(window) + \(places.count) global" }
  package var identity: String { "window \(window), global \(places)" }

  package func keys(of query: Int) -> [Range<Int>] {
    if places.contains(query) { return [0..<query + 1] }
    return joinedRanges(
      places.filter { $0 <= query }.map { $0..<$0 + 1 }
        + [max(0, query + 1 - window)..<query + 1])
  }

  /// The window's pairs, and for each global token its column and its row outside the window. A
  /// pair of two global tokens is in a row and in a column, and counts once.
  package func pairCount(length n: Int) -> Int? {
    let (W, places) = (min(window, n), places.filter { $0 < n })
    let beyond = places.reduce(0) { $0 + max(0, n - $1 - W) + max(0, $1 + 1 - W) }
    let twice = places.reduce(0) { sum, place in
      sum + places.filter { $0 - place >= W }.count
    }
    return n * W - W * (W - 1) / 2 + beyond - twice
  }
}
