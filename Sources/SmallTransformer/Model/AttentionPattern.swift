import TensorCore

/// Which keys a query may look at: the seam that the lesson on sparse masks fills.
///
/// All patterns are causal; a token never looks at later ones.
public protocol AttentionPattern: Sendable {
  var name: String { get }
  /// The name with every constant.
  var identity: String { get }
  /// Only the last so many tokens, the token itself included.
  var window: Int? { get }
  /// Only these blocks, at this length.
  func blocks(length: Int) -> BlockList?
}

extension AttentionPattern {
  public var identity: String { name }
  public var window: Int? { nil }
  public func blocks(length: Int) -> BlockList? { nil }
}

/// Every token up to and including the query's own.
public struct Causal: AttentionPattern {
  public init() {}
  public var name: String { "causal" }
}

/// The last `length` tokens, the query's own included (Beltagy et al., 2020; Jiang et al., 2023).
///
/// After L layers a token can have heard from `L·(length − 1)` tokens back.
public struct SlidingWindow: AttentionPattern {
  public let length: Int

  /// - Precondition: `length` is positive.
  public init(_ length: Int) {
    precondition(length > 0, "sliding window: \(length) tokens")
    self.length = length
  }

  public var name: String { "window \(length)" }
  public var window: Int? { length }
}
