import TensorCore

/// Reverse-mode automatic differentiation: records operations as they run, and runs their gradients
/// backward.
///
/// Each operation, in `Operations/`, is a method of the tape. It checks shapes, computes its result
/// at once, and records a pullback that captures only the tensors its gradient needs. A tape is
/// used once: `backward` frees each record as soon as its gradient is done.
public final class Tape {
  /// The device that runs the kernels and holds the tensors.
  public let backend: any Backend
  /// Whether operations are recorded. If not, each tensor is freed after its last use.
  public var isRecording: Bool { mode == .recording }
  private let mode: Mode
  private var records: [Record] = []

  /// Whether and why operations are recorded.
  enum Mode {
    /// Operations are recorded for the backward pass.
    case recording
    /// Operations are not recorded, but results have the right `needsGradient`: the first run of a
    /// recomputed body.
    case tracking
    /// Operations are not recorded, as in PyTorch's `torch.no_grad`.
    case inference
  }

  private struct Record {
    let output: GradientSlot
    let pullback: (inout Tensor) -> Void
  }

  /// A tape for one pass. With `isRecording: false`, for inference, it keeps nothing.
  public convenience init(_ backend: any Backend, isRecording: Bool = true) {
    self.init(backend, mode: isRecording ? .recording : .inference)
  }

  init(_ backend: any Backend, mode: Mode) {
    self.backend = backend
    self.mode = mode
  }

  /// The memory purpose of results: activations may be kept for the backward pass, workspace is
  /// not.
  var resultPurpose: MemoryPurpose { mode == .inference ? .workspace : .activations }

  /// Recorded operations that have not run backward yet.
  var recordCount: Int { records.count }

  func makeResult(_ shape: Shape) -> Tensor { backend.empty(shape, resultPurpose) }

  /// Wraps an operation's result in a variable and records the operation's pullback.
  ///
  /// The pullback gets ∂loss/∂result and accumulates the inputs' gradients in their slots. It
  /// should capture no more than the gradient needs, since a captured variable keeps its value
  /// alive until then. It may overwrite the tensor it gets if `isUniquelyReferenced` (see
  /// `reusing`).
  func record(
    _ value: Tensor, from inputs: [Variable?], pullback: @escaping (inout Tensor) -> Void
  ) -> Variable {
    let isTracked = mode != .inference && inputs.contains { $0?.needsGradient == true }
    let output = Variable(value, needsGradient: isTracked)
    if isTracked && isRecording { records.append(Record(output: output.slot, pullback: pullback)) }
    return output
  }

  /// Runs the records backward from a scalar loss. Gradients of parameters accumulate, as in
  /// PyTorch.
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
