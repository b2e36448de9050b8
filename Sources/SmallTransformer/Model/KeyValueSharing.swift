/// How many heads of queries look through one head of keys and values.
public enum KeyValueSharing: Hashable, Codable, Sendable {
  /// Each its own (Vaswani et al., 2017).
  case multiHead
  /// So many key/value heads, each for a group of neighbors (Ainslie et al., 2023).
  case grouped(Int)
  /// One for all (Shazeer, 2019).
  case multiQuery

  public var name: String {
    switch self {
    case .multiHead: "multi-head"
    case .grouped(let count): "grouped, \(count)"
    case .multiQuery: "multi-query"
    }
  }

  /// Key/value heads of a model with so many heads.
  /// - Throws: `SharingError` where they do not divide evenly.
  public func kvHeadCount(of headCount: Int) throws(SharingError) -> Int {
    switch self {
    case .multiHead: return headCount
    case .multiQuery: return 1
    case .grouped(let count):
      guard count > 0, headCount % count == 0 else {
        throw SharingError(headCount: headCount, kvHeadCount: count)
      }
      return count
    }
  }

  /// The key/value head that a head of queries looks through: neighbors share, so that repeating
  /// each key head in place, and not the whole row of heads, gives multi-head attention again.
  public static func kvHead(of head: Int, headCount: Int, kvHeadCount: Int) -> Int {
    head / (headCount / kvHeadCount)
  }
}

/// Heads that cannot share.
public struct SharingError: Error, Equatable, CustomStringConvertible {
  public let headCount: Int
  public let kvHeadCount: Int

  public var description: String {
    let ways = (1...max(1, headCount)).filter { headCount % $0 == 0 }.map(String.init)
    return "\(headCount) heads cannot share \(kvHeadCount) key/value heads evenly. "
      + "Choose one of \(ways.joined(separator: ", "))."
  }
}
