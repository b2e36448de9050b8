import TensorCore

/// What makes a pass a training pass: dropout is on, its masks follow from seed and step, and the
/// policy says what is kept.
public struct TrainingPass: Sendable {
  /// Where the masks come from, with the step.
  public var dropoutSeed: UInt64
  public var step: Int
  public var policy: ActivationPolicy
  /// Called each time a layer is computed: once in the forward pass, and again where the policy
  /// has it computed again.
  public var layerComputed: (@Sendable (_ layer: Int) -> Void)?

  public init(
    dropoutSeed: UInt64 = 0, step: Int = 1, policy: ActivationPolicy = .keepAll,
    layerComputed: (@Sendable (_ layer: Int) -> Void)? = nil
  ) {
    self.dropoutSeed = dropoutSeed
    self.step = step
    self.policy = policy
    self.layerComputed = layerComputed
  }
}

/// Where a model drops numbers; each place has masks of its own.
enum DropoutSite {
  case embedding
  /// What attention adds to the residual.
  case attention(layer: Int)
  /// What the feed-forward layer adds to it.
  case feedForward(layer: Int)
  /// The attention probabilities, where they are stored.
  case probabilities(layer: Int)

  var number: Int {
    switch self {
    case .embedding: 0
    case .attention(let layer): 1 + 3 * layer
    case .feedForward(let layer): 2 + 3 * layer
    case .probabilities(let layer): 3 + 3 * layer
    }
  }
}
