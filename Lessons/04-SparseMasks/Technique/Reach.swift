import SmallTransformer

/// Which tokens can reach each query after a number of layers: boolean powers of a mask.
///
/// In each layer a query receives the states of its keys. So the layer adds everything that had
/// reached any of these keys: `R' [i] = ∨ R[k]` over the keys k of query i. Before the first layer
/// every token is reached by itself only.
package struct Reach {
  let length: Int
  private let pattern: any SparsePattern
  /// One bit per token for each query: whether that token reaches the query.
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
      var reached = [UInt64](repeating: 0, count: rows[query].count)
      for key in pattern.keys(of: query).joined() {
        for word in 0...query / 64 { reached[word] |= rows[key][word] }
      }
      return reached
    }
  }

  package func reaches(query: Int, key: Int) -> Bool {
    rows[query][key / 64] >> UInt64(key % 64) & 1 == 1
  }

  /// The number of tokens that reach a query, itself included.
  package func reachedCount(query: Int) -> Int {
    rows[query].reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// The distance to the farthest token that reaches a query.
  package func farthest(query: Int) -> Int {
    (0...query).first { reaches(query: query, key: $0) }.map { query - $0 } ?? 0
  }

  /// The share of all causal pairs (query, key) in which the key reaches the query.
  package var share: Double {
    let reached = (0..<length).reduce(0) { $0 + reachedCount(query: $1) }
    return Double(reached) / Double(length * (length + 1) / 2)
  }

  /// The share after 1, 2, … `layers` layers.
  static func shares(_ pattern: any SparsePattern, length: Int, layers: Int) -> [Double] {
    var reach = Reach(pattern, length: length)
    return (0..<layers).map { _ in
      reach.addLayer()
      return reach.share
    }
  }
}
