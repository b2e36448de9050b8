import SmallTransformer

/// What a token can have heard from after some layers: boolean powers of the mask.
///
/// One layer hands on to query i what stands at the keys it looks at. So after one layer more it has
/// heard from everything that any of those keys had heard from: `R' [i] = ∨ R[k]` over its keys k,
/// and before the first layer each token knows itself.
package struct Reach {
  let length: Int
  private let pattern: any SparsePattern
  /// For each query a bit for each earlier token.
  private var rows: [[UInt64]]

  package init(_ pattern: any SparsePattern, length: Int) {
    self.pattern = pattern
    self.length = length
    let words = (length + 63) / 64
    rows = (0..<length).map { query in
      var row = [UInt64](repeating: 0, count: words)
      row[query / 64] = 1 << UInt64(query % 64)
      return row
    }
  }

  /// - Complexity: kept pairs × length / 64 steps.
  package mutating func addLayer() {
    rows = rows.indices.map { query in
      var heard = [UInt64](repeating: 0, count: rows[query].count)
      for key in pattern.keys(of: query).joined() {
        for word in 0...query / 64 { heard[word] |= rows[key][word] }
      }
      return heard
    }
  }

  package func hears(query: Int, key: Int) -> Bool {
    rows[query][key / 64] >> UInt64(key % 64) & 1 == 1
  }

  /// How many tokens, itself included, a query has heard from.
  package func heardCount(query: Int) -> Int { rows[query].reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Distance to the farthest token that a query has heard from.
  package func farthest(query: Int) -> Int {
    (0...query).first { hears(query: query, key: $0) }.map { query - $0 } ?? 0
  }

  /// The share of all pairs that causality allows.
  package var share: Double {
    let heard = (0..<length).reduce(0) { $0 + heardCount(query: $1) }
    return Double(heard) / Double(length * (length + 1) / 2)
  }

  /// What each layer adds, from one layer on.
  static func shares(_ pattern: any SparsePattern, length: Int, layers: Int) -> [Double] {
    var reach = Reach(pattern, length: length)
    return (0..<layers).map { _ in
      reach.addLayer()
      return reach.share
    }
  }
}
