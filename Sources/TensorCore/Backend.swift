/// A device that holds tensors and computes with them.
///
/// Every kernel writes into tensors that the caller allocated, so that who holds what, and for
/// which purpose, is decided in one place: the operation. Shapes are checked by the operations in
/// `Autograd`, with both shapes in the sentence; kernels rely on it.
public protocol Backend: AnyObject, ProductKernels, ElementwiseKernels, NormalizationKernels,
  SoftmaxKernels, ActivationKernels, DropoutKernels, PositionKernels, AttentionKernels,
  TokenKernels,
  OptimizerKernels
{
  /// The device as a person would name it.
  var deviceName: String { get }
  /// How many threads share the work; 1 where that means nothing.
  var threadCount: Int { get }
  var meter: MemoryMeter { get }

  /// A tensor whose contents are undefined.
  func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor
  /// Copies numbers to the device.
  func write(_ scalars: [Float], to tensor: Tensor)
  /// Copies numbers from the device; waits for whatever computes them.
  func read(_ tensor: Tensor) -> [Float]
  /// Lends the numbers of a tensor for as long as the body runs, without a copy where the device's
  /// memory is the host's; waits for whatever computes them.
  func withNumbers(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void)
  /// Waits until all that was asked for is done: whoever takes the time calls it first.
  func finish()
  /// Whether operations are handed over and not waited for, so that a clock must `finish`.
  var isAsynchronous: Bool { get }
  /// Bytes a second that the device reads from its memory, measured over `byteCount` bytes, which
  /// should be several times the largest cache.
  func measureReadBandwidth(byteCount: Int, passCount: Int) -> Double
}

extension Backend {
  public func withNumbers(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    read(tensor).withUnsafeBufferPointer(body)
  }

  public func finish() {}
  public var isAsynchronous: Bool { false }

  /// A tensor with these numbers, row-major.
  /// - Precondition: as many numbers as the shape holds.
  public func tensor(_ scalars: [Float], _ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    precondition(
      scalars.count == shape.count, "tensor: \(scalars.count) numbers for shape \(shape)")
    let result = empty(shape, purpose)
    write(scalars, to: result)
    return result
  }

  public func full(_ value: Float, _ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    let result = empty(shape, purpose)
    fill(result, with: value)
    return result
  }

  public func copy(_ tensor: Tensor, _ purpose: MemoryPurpose) -> Tensor {
    let result = empty(tensor.shape, purpose)
    copy(tensor, into: result)
    return result
  }
}
