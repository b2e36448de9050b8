/// Multi-head, grouped-query or multi-query attention: how query heads share key/value heads.
public enum KeyValueSharing: Hashable, Codable, Sendable {
  /// One key/value head per query head (Vaswani et al., 2017).
  case multiHead
  /// This number of key/value heads, each for a group of neighboring query heads (Ainslie et al.,
  /// 2023).
  case grouped(Int)
  /// One key/value head for all query heads (Shazeer, 2019).
  case multiQuery

  public var name: String {
    switch self {
    case .multiHead: "multi-head"
    case .grouped(let count): "grouped, \(count)"
    case .multiQuery: "multi-query"
    }
  }

  /// The number of key/value heads for `headCount` query heads.
  /// - Throws: `SharingError` if they do not divide evenly.
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
}

/// An error: the number of key/value heads does not divide the number of query heads.
public struct SharingError: Error, Equatable, CustomStringConvertible {
  public let headCount: Int
  public let kvHeadCount: Int

  public var description: String {
    let ways = (1...max(1, headCount)).filter { headCount % $0 == 0 }.map(String.init)
    return "\(headCount) heads cannot share \(kvHeadCount) key/value heads evenly. "
      + "Choose one of \(ways.joined(separator: ", "))."
  }
}
