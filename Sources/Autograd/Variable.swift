import TensorCore

/// A tensor with a gradient: a node of the computation graph.
public class Variable {
  /// The tensor. Operations never change it, except `crossEntropy`, which overwrites its logits.
  public let value: Tensor
  /// Collects ∂loss/∂value.
  let slot: GradientSlot

  public var shape: Shape { value.shape }
  /// Whether the backward pass computes a gradient; PyTorch's `requires_grad`.
  public var needsGradient: Bool { slot.needsGradient }
  /// ∂loss/∂value, of the value's shape; nil before the backward pass.
  public var gradient: Tensor? { slot.gradient }

  /// An input of a computation; by default a constant without a gradient.
  public convenience init(_ value: Tensor, needsGradient: Bool = false) {
    self.init(
      value, GradientSlot(value.shape, needsGradient: needsGradient, isParameter: false))
  }

  fileprivate init(_ value: Tensor, _ slot: GradientSlot) {
    self.value = value
    self.slot = slot
  }
}

/// A weight of a model: a variable that outlives the tape and reuses its gradient's memory.
public final class Parameter: Variable {
  /// The name in saved weights, such as `blocks.0.attention.qkv.weight`.
  public let name: String

  public init(name: String, _ value: Tensor) {
    self.name = name
    super.init(value, GradientSlot(value.shape, needsGradient: true, isParameter: true))
  }

  /// Removes the gradient, as PyTorch's `zero_grad`, and keeps its memory for the next step.
  public func resetGradient() { slot.reset() }

  /// Frees the gradient's memory, which a trained model does not need.
  public func releaseGradient() { slot.release() }
}
