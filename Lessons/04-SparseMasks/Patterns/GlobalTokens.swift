import SmallTransformer

/// A sliding window, and a few tokens that everybody looks at and that look at everybody
/// (Beltagy et al., 2020, section 3.1), as far as causality allows both.
///
/// The paper gives global tokens projections of their own; here they share the others'.
package struct GlobalTokens: SparsePattern {
  let window: Int
  /// Where the global tokens stand, ascending.
  let places: [Int]

  /// - Precondition: the window is positive; places ascend and are not negative.
  package init(window: Int, at places: [Int]) {
    precondition(window > 0, "global tokens: a window of \(window)")
    precondition(
      places.allSatisfy { $0 >= 0 } && zip(places, places.dropFirst()).allSatisfy(<),
      "global tokens: places must ascend from 0, not \(places)")
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

  /// The window's, and for each global token its column and its row beyond the window, where a
  /// global token that looks at another counts once.
  package func pairCount(length n: Int) -> Int? {
    let (W, places) = (min(window, n), places.filter { $0 < n })
    let beyond = places.reduce(0) { $0 + max(0, n - $1 - W) + max(0, $1 + 1 - W) }
    let twice = places.reduce(0) { sum, place in
      sum + places.filter { $0 - place >= W }.count
    }
    return n * W - W * (W - 1) / 2 + beyond - twice
  }
}
