import TensorCore

/// Where the gradient of one variable comes together.
///
/// It is apart from the variable so that an operation which needs only the place, and not the
/// value, keeps no activation alive: a residual or a rotation hands its gradient on and has no
/// further use for the numbers it was given.
public final class GradientSlot {
  let shape: Shape
  let needsGradient: Bool
  /// A weight's gradient outlives the tape, in memory of its own; others are short-lived.
  private let isParameter: Bool
  private var kept: Tensor?
  private(set) var gradient: Tensor?

  init(_ shape: Shape, needsGradient: Bool, isParameter: Bool) {
    self.shape = shape
    self.needsGradient = needsGradient
    self.isParameter = isParameter
  }

  /// Lets a kernel write the gradient (`accumulate` false) or add to it (true).
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

  /// For a kernel that makes several gradients at once: where this one is not wanted it is written
  /// to memory that is then forgotten, so that the others are made all the same.
  func contributeOrDiscard(
    on backend: any Backend, _ kernel: (_ target: Tensor, _ accumulate: Bool) -> Void
  ) {
    if needsGradient {
      contribute(on: backend, kernel)
    } else {
      kernel(backend.empty(shape, .workspace), false)
    }
  }

  /// Takes a finished gradient as it is, or adds it to what is there. A weight copies it to its own
  /// memory.
  func receive(_ contribution: Tensor, on backend: any Backend) {
    guard needsGradient else { return }
    if gradient != nil {
      backend.add(contribution, to: ownedGradient(on: backend))
    } else if isParameter {
      contribute(on: backend) { target, _ in backend.copy(contribution, into: target) }
    } else {
      gradient = contribution
    }
  }

  /// Hands the gradient over and forgets it.
  func take() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }

  /// Forgets the gradient and keeps its memory for the next one.
  func reset() {
    if let gradient = take() { kept = gradient }
  }

  /// Forgets the gradient and gives its memory back.
  func release() {
    gradient = nil
    kept = nil
  }

  private func makeGradient(on backend: any Backend) -> Tensor {
    defer { kept = nil }
    return kept ?? backend.empty(shape, isParameter ? .gradients : .workspace)
  }

  private func ownedGradient(on backend: any Backend) -> Tensor {
    if gradient?.isUniquelyReferenced() == false, let shared = gradient {
      gradient = backend.copy(shared, .workspace)
    }
    guard let gradient else { preconditionFailure("ownedGradient: there is none") }
    return gradient
  }
}
