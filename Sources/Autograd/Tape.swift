import TensorCore

/// Reverse-mode automatic differentiation: records operations as they run, and runs their gradients
/// backward.
///
/// Each operation, in `Operations/`, is a method of the tape. It checks shapes, computes its result
/// at once, and records a pullback that captures only the tensors its gradient needs. A tape is used
/// once: `backward` frees each record as soon as its gradient is done.
public final class Tape {
  /// The device that runs the kernels and holds the tensors.
  public let backend: any Backend
  /// Without recording nothing is kept, and each tensor is freed after its last use.
  public var isRecording: Bool { mode == .recording }
  private let mode: Mode
  private var records: [Record] = []

  /// What happens to an operation.
  enum Mode {
    /// It is recorded, to be run backward.
    case recording
    /// It is not recorded, but its result tells whether it needs a gradient: the first run of a
    /// recomputed body.
    case tracking
    /// No gradient is needed.
    case inference
  }

  private struct Record {
    let output: GradientSlot
    let pullback: (inout Tensor) -> Void
  }

  /// A tape for one pass. Use `isRecording: false` for inference.
  public convenience init(_ backend: any Backend, isRecording: Bool = true) {
    self.init(backend, mode: isRecording ? .recording : .inference)
  }

  init(_ backend: any Backend, mode: Mode) {
    self.backend = backend
    self.mode = mode
  }

  /// How the memory of results is counted: kept for the backward pass, or short-lived.
  var resultPurpose: MemoryPurpose { mode == .inference ? .workspace : .activations }

  /// Recorded operations that have not run backward yet.
  var recordCount: Int { records.count }

  func makeResult(_ shape: Shape) -> Tensor { backend.empty(shape, resultPurpose) }

  /// The result of an operation as a variable; records how its gradient flows to the inputs.
  ///
  /// The pullback gets ∂loss/∂result and accumulates the inputs' gradients in their slots. It should
  /// capture no more than the gradient needs, since a captured variable keeps its value alive until
  /// then. It may overwrite the tensor it gets if `isUniquelyReferenced` (see `reusing`).
  func record(
    _ value: Tensor, from inputs: [Variable?], pullback: @escaping (inout Tensor) -> Void
  ) -> Variable {
    let isTracked = mode != .inference && inputs.contains { $0?.needsGradient == true }
    let output = Variable(value, needsGradient: isTracked)
    if isTracked && isRecording { records.append(Record(output: output.slot, pullback: pullback)) }
    return output
  }

  /// Runs the records backward from a scalar loss. Gradients of parameters are added to those they
  /// have.
  ///
  /// - Complexity: about twice the forward pass; each record's memory is freed when it is done.
  /// - Precondition: `loss` has one element, and this tape recorded it.
  public func backward(from loss: Variable) {
    precondition(
      loss.value.count == 1, "backward: the loss has shape \(loss.shape); it must have one element")
    precondition(loss.needsGradient, "backward: no parameter was used to compute this loss")
    loss.slot.accumulate(backend.full(1, loss.shape, .workspace), on: backend)
    runBackward()
  }

  /// Runs the records backward from the gradients already in the slots.
  func runBackward() {
    while let record = records.popLast() {
      guard var gradient = record.output.removeGradient() else { continue }
      record.pullback(&gradient)
    }
  }
}

extension Backend {
  /// `tensor` itself if nothing else references it, else new memory of the same shape.
  func reusing(_ tensor: inout Tensor) -> Tensor {
    tensor.isUniquelyReferenced() ? tensor : empty(tensor.shape, .workspace)
  }
}
