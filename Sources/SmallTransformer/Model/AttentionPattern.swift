import TensorCore

/// Which keys a query may look at: the seam that the lesson on sparse masks fills.
///
/// Unless a pattern says otherwise it is causal: a token never looks at later ones.
public protocol AttentionPattern: Sendable {
  var name: String { get }
  /// The name with every constant.
  var identity: String { get }
  /// Whether a token may only look back. An encoder's pattern says no.
  var isCausal: Bool { get }
  /// Only the last so many tokens, the token itself included.
  var window: Int? { get }
  /// Only these blocks, and in them only these pairs, for positions 0 ..< length. A longer list
  /// begins with the shorter one.
  func blocks(length: Int) -> BlockList?
  /// What one layer does, where layers differ.
  func layer(_ index: Int) -> LayerAttention
}

/// How one layer looks at the tokens before it.
public struct LayerAttention: Sendable {
  public var pattern: any AttentionPattern
  /// Whether the position scheme turns this layer's heads or lowers its scores. What a scheme adds
  /// to the embedding is there in any case.
  public var usesPositions: Bool
  /// What scores are multiplied by, beside 1/√headDim.
  public var scoreScale: Float

  public init(
    _ pattern: any AttentionPattern, usesPositions: Bool = true, scoreScale: Float = 1
  ) {
    self.pattern = pattern
    self.usesPositions = usesPositions
    self.scoreScale = scoreScale
  }
}

extension AttentionPattern {
  public var identity: String { name }
  public var isCausal: Bool { true }
  public var window: Int? { nil }
  public func blocks(length: Int) -> BlockList? { nil }
  public func layer(_ index: Int) -> LayerAttention { LayerAttention(self) }
}
