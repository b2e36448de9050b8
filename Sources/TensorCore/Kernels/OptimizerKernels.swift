/// One step's constants of AdamW (Loshchilov and Hutter, 2019).
public struct AdamWStep: Sendable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var weightDecay: Float
  /// Multiplies the gradient first: the clipping factor.
  public var gradientScale: Float
  /// Counted from 1.
  public var step: Int

  public init(
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
    gradientScale: Float, step: Int
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
    self.step = step
  }
}

public protocol OptimizerKernels {
  /// One pass over weight, gradient and both moments:
  /// `m = β₁m + (1−β₁)g`, `v = β₂v + (1−β₂)g²`,
  /// `w −= lr · (m̂ / (√v̂ + ε) + decay · w)`, with `m̂ = m/(1−β₁ᵗ)`, `v̂ = v/(1−β₂ᵗ)`.
  func adamW(
    weight: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor, _ step: AdamWStep)
}
