import TensorCore

/// A pattern that says for each query which keys it looks at: from that one sentence follow
/// membership, the count of pairs, the kept blocks and the mask of every cut one.
///
/// Which keys a query looks at depends on the query's position alone, never on the length of the
/// text. So a text read at once and token by token is read in the same way.
public protocol SparsePattern: AttentionPattern {
  /// The keys of a query: ascending ranges that do not touch, none later than the query itself.
  func keys(of query: Int) -> [Range<Int>]

  /// How many pairs a text of this length keeps, by formula; nil where there is none.
  func pairCount(length: Int) -> Int?

  /// The pairs that a text of this length keeps, counted one query after the other.
  /// - Complexity: as many steps as there are ranges.
  func countedPairs(length: Int) -> Int
}

extension SparsePattern {
  public func pairCount(length: Int) -> Int? { nil }

  /// Whether a query looks at a key.
  public func sees(query: Int, key: Int) -> Bool {
    keys(of: query).contains { $0.contains(key) }
  }

  public func countedPairs(length: Int) -> Int {
    (0..<length).reduce(0) { sum, query in
      keys(of: query).reduce(sum) { $0 + $1.count }
    }
  }

  /// The blocks that the pattern touches, with the masks of those that it cuts.
  /// - Precondition: the block size is 16, 32, 48 or 64.
  public func blockList(length: Int, blockSize: Int = 64) -> BlockList {
    BlockList(length: length, blockSize: blockSize, keys: keys)
  }

  /// Row-major `[length, length]`, query by key: 1 kept, 0 cut, not a number where causality alone
  /// forbids the pair.
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

/// Ranges in any order, joined where they touch or overlap.
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
