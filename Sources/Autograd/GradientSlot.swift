import TensorCore

/// The gradient of one variable, as a sum of contributions.
///
/// A variable may be used by several operations, or several times by one; its gradient is the sum
/// over all uses. Pullbacks call `accumulate`: the first contribution is stored, the others are
/// added.
///
/// The slot is separate from the variable so that an operation which needs no value for its
/// gradient (a residual, a rotation) keeps only the slot, and the activation can be freed.
public final class GradientSlot {
  let shape: Shape
  let needsGradient: Bool
  /// A weight's gradient outlives the tape, so it has its own memory.
  private let isParameter: Bool
  /// The memory of a gradient that was reset, for the next one.
  private var spare: Tensor?
  private(set) var gradient: Tensor?

  init(_ shape: Shape, needsGradient: Bool, isParameter: Bool) {
    self.shape = shape
    self.needsGradient = needsGradient
    self.isParameter = isParameter
  }

  /// Adds a finished gradient. The first one is kept as it is, without a copy, unless this is a
  /// weight's slot.
  func accumulate(_ contribution: Tensor, on backend: any Backend) {
    guard needsGradient else { return }
    if gradient != nil {
      backend.add(contribution, to: ownedGradient(on: backend))
    } else if isParameter {
      let target = makeGradient(on: backend)
      backend.copy(contribution, into: target)
      gradient = target
    } else {
      gradient = contribution
    }
  }

  /// Adds what `kernel` computes. The kernel writes to `target`, or adds to it if `accumulate` is
  /// true.
  ///
  /// `isAlwaysRun` is for a kernel that computes the gradients of several inputs at once: if this
  /// input needs none, the kernel writes to memory that is freed again.
  func accumulate(
    on backend: any Backend, isAlwaysRun: Bool = false,
    _ kernel: (_ target: Tensor, _ accumulate: Bool) -> Void
  ) {
    guard needsGradient else {
      if isAlwaysRun { kernel(backend.empty(shape, .workspace), false) }
      return
    }
    guard gradient == nil else { return kernel(ownedGradient(on: backend), true) }
    let target = makeGradient(on: backend)
    kernel(target, false)
    gradient = target
  }

  /// Adds what `kernel` computes, for a kernel that can only write: from the second contribution on
  /// it writes to workspace, which is then added.
  func accumulate(on backend: any Backend, overwriting kernel: (_ target: Tensor) -> Void) {
    accumulate(on: backend) { target, accumulate in
      guard accumulate else { return kernel(target) }
      let contribution = backend.empty(shape, .workspace)
      kernel(contribution)
      backend.add(contribution, to: target)
    }
  }

  /// Removes and returns the gradient.
  func removeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }

  /// Removes the gradient and keeps its memory for the next one.
  func reset() {
    if let gradient = removeGradient() { spare = gradient }
  }

  /// Removes the gradient and frees its memory.
  func release() {
    gradient = nil
    spare = nil
  }

  private func makeGradient(on backend: any Backend) -> Tensor {
    defer { spare = nil }
    return spare ?? backend.empty(shape, isParameter ? .gradients : .workspace)
  }

  /// The gradient in memory that is not shared. A residual contributes the same tensor to both of
  /// its branches, so a shared gradient is copied first.
  private func ownedGradient(on backend: any Backend) -> Tensor {
    if gradient?.isUniquelyReferenced() == false, let shared = gradient {
      gradient = backend.copy(shared, .workspace)
    }
    guard let gradient else { preconditionFailure("ownedGradient: there is no gradient yet") }
    return gradient
  }
}
