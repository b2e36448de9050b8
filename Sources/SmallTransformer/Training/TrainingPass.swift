import TensorCore

/// The settings of a training pass: the seed of its dropout masks, and the policy for activations.
public struct TrainingPass: Sendable {
  /// The seed of the dropout masks; with `step` it determines them.
  public var dropoutSeed: UInt64
  /// The index of the training step.
  public var step: Int
  /// Which activations are kept and which are recomputed.
  public var policy: ActivationPolicy
  /// Tokens whose logits are computed at a time; nil for all at once.
  public var lossChunk: Int?
  /// Called each time a layer is computed: in the forward pass, and again when it is recomputed.
  public var layerComputed: (@Sendable (_ layer: Int) -> Void)?

  public init(
    dropoutSeed: UInt64 = 0, step: Int = 1, policy: ActivationPolicy = .keepAll,
    lossChunk: Int? = nil, layerComputed: (@Sendable (_ layer: Int) -> Void)? = nil
  ) {
    self.dropoutSeed = dropoutSeed
    self.step = step
    self.policy = policy
    self.lossChunk = lossChunk
    self.layerComputed = layerComputed
  }
}

/// A place in a layer where dropout is applied. Each site of each layer has its own masks.
enum DropoutSite: Int {
  /// On attention's result, before it is added to the residual stream.
  case attention = 1
  /// On the feed-forward layer's result, before it is added to the residual stream.
  case feedForward
  /// On the attention probabilities, if they are stored.
  case probabilities

  /// The site of the embedding, which belongs to no layer.
  static let embedding = 0

  func number(inLayer layer: Int) -> Int { rawValue + 3 * layer }
}
