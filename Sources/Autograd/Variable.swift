import TensorCore

/// A tensor in a computation, with the place where its gradient comes together.
public class Variable {
  public let value: Tensor
  /// Where the tape brings ∂loss/∂value.
  let slot: GradientSlot

  public var shape: Shape { value.shape }
  public var needsGradient: Bool { slot.needsGradient }
  /// ∂loss/∂value, of the value's shape; nil until something has contributed to it.
  public var gradient: Tensor? { slot.gradient }

  public convenience init(_ value: Tensor, needsGradient: Bool = false) {
    self.init(
      value, GradientSlot(value.shape, needsGradient: needsGradient, isParameter: false))
  }

  fileprivate init(_ value: Tensor, _ slot: GradientSlot) {
    self.value = value
    self.slot = slot
  }
}

/// A weight of a model: a variable that outlives the tape and keeps its gradient's memory.
public final class Parameter: Variable {
  public let name: String

  public init(name: String, _ value: Tensor) {
    self.name = name
    super.init(value, GradientSlot(value.shape, needsGradient: true, isParameter: true))
  }

  /// Forgets the gradient; the next step writes over its memory.
  public func resetGradient() { slot.reset() }

  /// Gives the gradient's memory back: a trained model needs none.
  public func releaseGradient() { slot.release() }
}
