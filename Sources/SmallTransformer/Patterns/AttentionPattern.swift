import TensorCore

/// Which keys each query attends to: the attention mask of a model.
///
/// To add a mask, write a type that conforms to this protocol. Defaults: causal, no window, no
/// blocks, the same in every layer.
public protocol AttentionPattern: Sendable {
  var name: String { get }
  /// The name with every constant: trained models are cached under it.
  var identity: String { get }
  /// Whether a token attends only to itself and earlier tokens.
  var isCausal: Bool { get }
  /// The number of last tokens that a token attends to, itself included; nil for all.
  var window: Int? { get }
  /// The block list of positions 0 ..< length; nil if all blocks are kept. The list of a longer
  /// text begins with that of a shorter one.
  func blocks(length: Int) -> BlockList?
  /// The attention of one layer, for patterns that differ by layer.
  func layer(_ index: Int) -> LayerAttention
}

/// The attention of one layer: its pattern, whether it uses positions, the scale of its scores.
public struct LayerAttention: Sendable {
  /// The mask of this layer.
  public var pattern: any AttentionPattern
  /// Whether the position scheme rotates this layer's heads or adds its bias to the scores. Vectors
  /// that a scheme adds to the embedding are not affected.
  public var usesPositions: Bool
  /// A factor on the scores, in addition to 1/√headDim.
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
