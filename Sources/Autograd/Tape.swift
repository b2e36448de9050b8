import TensorCore

/// Records operations as they run, and runs their gradients backward.
///
/// Each operation, in `Operations/`, is a method of the tape: it checks shapes, computes its result
/// at once, and leaves a pullback that holds just the tensors its gradient needs. A tape is used
/// once: `backward` gives each record's memory back as soon as its gradient is done.
public final class Tape {
  public let backend: any Backend
  /// Without recording nothing is kept, and each tensor dies as soon as nobody needs it.
  public var isRecording: Bool { mode == .recording }
  private let mode: Mode
  private var records: [Record] = []

  /// What becomes of an operation.
  enum Mode {
    /// It is recorded, to be run backward.
    case recording
    /// It is forgotten, but its result knows whether it needs a gradient: the first run of what is
    /// computed again.
    case forgetting
    /// No gradient is wanted.
    case silent
  }

  private struct Record {
    let output: GradientSlot
    let pullback: (inout Tensor) -> Void
  }

  public convenience init(_ backend: any Backend, isRecording: Bool = true) {
    self.init(backend, mode: isRecording ? .recording : .silent)
  }

  init(_ backend: any Backend, mode: Mode) {
    self.backend = backend
    self.mode = mode
  }

  /// What results are counted as: kept for the backward pass, or short-lived.
  var resultPurpose: MemoryPurpose { mode == .silent ? .workspace : .activations }

  /// How many operations are to be run backward.
  var recordCount: Int { records.count }

  func makeResult(_ shape: Shape) -> Tensor { backend.empty(shape, resultPurpose) }

  /// The result of an operation as a variable; records how its gradient flows to the inputs.
  ///
  /// The pullback, given ∂loss/∂result, contributes to the inputs' slots. It captures no more than
  /// the gradient needs: a captured variable keeps its value alive until then. It may overwrite the
  /// tensor where `isUniquelyReferenced` says that nobody else holds it.
  func record(
    _ value: Tensor, from inputs: [Variable?], pullback: @escaping (inout Tensor) -> Void
  ) -> Variable {
    let isTracked = mode != .silent && inputs.contains { $0?.needsGradient == true }
    let output = Variable(value, needsGradient: isTracked)
    if isTracked && isRecording { records.append(Record(output: output.slot, pullback: pullback)) }
    return output
  }

  /// Runs the records backward from a scalar loss. Gradients of parameters add to what they hold.
  ///
  /// - Complexity: about twice the forward pass; the memory of each record ends with it.
  /// - Precondition: `loss` is a single number that this tape recorded.
  public func backward(from loss: Variable) {
    precondition(
      loss.value.count == 1, "backward: the loss has shape \(loss.shape), not one number")
    precondition(loss.needsGradient, "backward: no parameter takes part in this loss")
    loss.slot.receive(backend.full(1, loss.shape, .workspace), on: backend)
    runBackward()
  }

  /// Runs the records backward from gradients that the slots already hold.
  func runBackward() {
    while let record = records.popLast() {
      guard var gradient = record.output.take() else { continue }
      record.pullback(&gradient)
    }
  }
}

extension Backend {
  /// `tensor` itself if it may be overwritten, else new memory of the same shape.
  func reusing(_ tensor: inout Tensor) -> Tensor {
    tensor.isUniquelyReferenced() ? tensor : empty(tensor.shape, .workspace)
  }
}
