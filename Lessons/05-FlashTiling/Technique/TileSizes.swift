/// The number of queries and of keys in a tile.
package struct TileSizes: Hashable, Codable, CustomStringConvertible {
  package let queries: Int
  package let keys: Int

  /// - Throws: `TileError` for a size below 1 or above the length.
  package init(queries: Int, keys: Int, length: Int) throws(TileError) {
    for (name, size) in [("queries", queries), ("keys", keys)] {
      if size < 1 { throw .empty(name, size) }
      if size > length { throw .tooLarge(name, size, length: length) }
    }
    (self.queries, self.keys) = (queries, keys)
  }

  package var description: String { "\(queries) × \(keys)" }
}

/// A tile size out of range.
package enum TileError: Error, Equatable, CustomStringConvertible {
  case empty(String, Int)
  case tooLarge(String, Int, length: Int)

  package var description: String {
    switch self {
    case .empty(let name, let size):
      "A tile of \(size) \(name) is empty, and the loop would never end. Use at least 1."
    case .tooLarge(let name, let size, let length):
      "A tile of \(size) \(name) is larger than the text of \(length) tokens. "
        + "Use at most \(length)."
    }
  }
}

/// 0 ..< count in ranges of `size`; the last one may be shorter.
func tileRanges(of count: Int, size: Int) -> [Range<Int>] {
  stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
}
