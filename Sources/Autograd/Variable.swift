import TensorCore

/// A tensor in a computation, with its gradient once the tape has run backward.
public class Variable {
  public let value: Tensor
  public let needsGradient: Bool
  /// ∂loss/∂value, of the value's shape; nil until something has contributed to it.
  public private(set) var gradient: Tensor?

  public init(_ value: Tensor, needsGradient: Bool = false) {
    self.value = value
    self.needsGradient = needsGradient
  }

  public var shape: Shape { value.shape }

  /// Where a new gradient is allocated; a parameter keeps its own.
  func makeGradient(on backend: any Backend) -> Tensor {
    backend.empty(value.shape, .workspace)
  }

  /// Lets a kernel write this variable's gradient (`accumulate` false) or add to it (true).
  ///
  /// A gradient that somebody else still holds is copied first: a residual hands the same tensor to
  /// both of its branches.
  func contribute(
    on backend: any Backend, _ kernel: (_ target: Tensor, _ accumulate: Bool) -> Void
  ) {
    guard needsGradient else { return }
    guard gradient != nil else {
      let target = makeGradient(on: backend)
      kernel(target, false)
      gradient = target
      return
    }
    kernel(ownedGradient(on: backend), true)
  }

  /// Takes a finished gradient as it is, or adds it to what is there.
  func receive(_ contribution: Tensor, on backend: any Backend) {
    guard needsGradient else { return }
    if gradient == nil {
      gradient = adopt(contribution, on: backend)
    } else {
      backend.add(contribution, to: ownedGradient(on: backend))
    }
  }

  /// Whether a finished tensor can serve as the gradient; a parameter copies it to its own.
  func adopt(_ contribution: Tensor, on backend: any Backend) -> Tensor { contribution }

  /// Hands the gradient over and forgets it.
  func takeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }

  private func ownedGradient(on backend: any Backend) -> Tensor {
    if gradient?.isUniquelyReferenced() == false, let shared = gradient {
      gradient = backend.copy(shared, .workspace)
    }
    guard let gradient else { preconditionFailure("ownedGradient: there is none") }
    return gradient
  }
}

/// A weight of a model: a variable that outlives the tape and keeps its gradient's memory.
public final class Parameter: Variable {
  public let name: String
  private var buffer: Tensor?

  public init(name: String, _ value: Tensor) {
    self.name = name
    super.init(value, needsGradient: true)
  }

  /// Forgets the gradient; the next step writes over its memory.
  public func resetGradient() {
    if let gradient = takeGradient() { buffer = gradient }
  }

  /// Gives the gradient's memory back: a trained model needs none.
  public func releaseGradient() {
    _ = takeGradient()
    buffer = nil
  }

  override func makeGradient(on backend: any Backend) -> Tensor {
    defer { buffer = nil }
    return buffer ?? backend.empty(value.shape, .gradients)
  }

  override func adopt(_ contribution: Tensor, on backend: any Backend) -> Tensor {
    let own = makeGradient(on: backend)
    backend.copy(contribution, into: own)
    return own
  }
}
