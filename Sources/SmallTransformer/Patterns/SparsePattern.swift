import TensorCore

/// A pattern defined by the keys of each query. The number of pairs, the kept blocks and the masks
/// of cut blocks are computed from them.
///
/// The keys of a query depend only on its position, not on the length of the text. So a prefill and
/// token-by-token decoding give the same result.
public protocol SparsePattern: AttentionPattern {
  /// The keys of a query: ascending ranges that do not touch, none later than the query itself.
  func keys(of query: Int) -> [Range<Int>]

  /// The number of query-key pairs in a text of this length, by formula; nil if there is no
  /// formula.
  func pairCount(length: Int) -> Int?

  /// The number of query-key pairs in a text of this length, counted query by query.
  /// - Complexity: O(total number of ranges).
  func countedPairs(length: Int) -> Int
}

extension SparsePattern {
  public func pairCount(length: Int) -> Int? { nil }

  /// Whether a query attends to a key.
  public func sees(query: Int, key: Int) -> Bool {
    keys(of: query).contains { $0.contains(key) }
  }

  public func countedPairs(length: Int) -> Int {
    (0..<length).reduce(0) { sum, query in
      keys(of: query).reduce(sum) { $0 + $1.count }
    }
  }

  /// The blocks with at least one pair, and the masks of those that are kept in part.
  /// - Precondition: the block size is 16, 32, 48 or 64.
  public func blockList(length: Int, blockSize: Int = 64) -> BlockList {
    BlockList(length: length, blockSize: blockSize, keys: keys)
  }

  /// The mask as an image, row-major `[length, length]`, query by key: 1 kept, 0 masked, NaN for a
  /// key after its query.
  public func picture(length: Int) -> [Float] {
    var picture = [Float](repeating: 0, count: length * length)
    for query in 0..<length {
      for key in query + 1..<max(length, query + 1) { picture[query * length + key] = .nan }
      for range in keys(of: query) {
        for key in range { picture[query * length + key] = 1 }
      }
    }
    return picture
  }

  public func blocks(length: Int) -> BlockList? { blockList(length: length) }
}

/// The union of some ranges, ascending: ranges that touch or overlap are joined.
/// - Complexity: O(n log n) for n ranges.
public func joinedRanges(_ ranges: [Range<Int>]) -> [Range<Int>] {
  var joined: [Range<Int>] = []
  for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
    if let last = joined.last, last.upperBound >= range.lowerBound {
      joined[joined.count - 1] =
        last.lowerBound..<max(last.upperBound, range.upperBound)
    } else {
      joined.append(range)
    }
  }
  return joined
}
