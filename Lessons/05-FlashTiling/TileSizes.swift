/// How many queries and how many keys a tile holds.
package struct TileSizes: Hashable, Codable, CustomStringConvertible {
  package let queries: Int
  package let keys: Int

  /// - Throws: `TileError` for a tile that holds nothing, or more than there is.
  package init(queries: Int, keys: Int, length: Int) throws(TileError) {
    for (name, size) in [("queries", queries), ("keys", keys)] {
      if size < 1 { throw .empty(name, size) }
      if size > length { throw .tooLarge(name, size, length: length) }
    }
    (self.queries, self.keys) = (queries, keys)
  }

  package var description: String { "\(queries) × \(keys)" }
}

/// A tile size that no loop can use.
package enum TileError: Error, Equatable, CustomStringConvertible {
  case empty(String, Int)
  case tooLarge(String, Int, length: Int)

  package var description: String {
    switch self {
    case .empty(let name, let size):
      "A tile of \(size) \(name) holds nothing and the loop would never end: take at least 1."
    case .tooLarge(let name, let size, let length):
      "A tile of \(size) \(name) is larger than the text of \(length) tokens: take at most \(length)."
    }
  }
}

/// 0 ..< count in runs of at most `size`; the last may be shorter.
func tileRanges(of count: Int, size: Int) -> [Range<Int>] {
  stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
}
