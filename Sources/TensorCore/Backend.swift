/// A device that stores tensors and runs kernels on them.
///
/// Every kernel writes into tensors that the caller allocated. So the operation alone decides which
/// tensors exist and for which purpose. The operations of `Autograd` check the shapes; kernels do
/// not check again.
public protocol Backend: AnyObject, ProductKernels, ElementwiseKernels, RowKernels,
  NormalizationKernels, SoftmaxKernels, ActivationKernels, DropoutKernels, PositionKernels,
  AttentionKernels, TokenKernels, OptimizerKernels
{
  /// The device's name, for output.
  var deviceName: String { get }
  /// The number of threads that share the work; 1 if the device does not use threads of this
  /// process.
  var threadCount: Int { get }
  /// Counts the bytes of this device's tensors.
  var meter: MemoryMeter { get }

  /// An uninitialized tensor, as PyTorch's `torch.empty`.
  func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor
  /// Copies values from the host to the device, row-major.
  func write(_ scalars: [Float], to tensor: Tensor)
  /// Calls `body` with memory for all elements of a tensor, row-major, which it must fill; without a
  /// copy if the device uses the host's memory. The pointer is valid only inside `body`.
  func writeElements(
    of tensor: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows
  /// Copies values from the device to the host, row-major; waits for the work that computes them.
  func read(_ tensor: Tensor) -> [Float]
  /// Calls `body` with a tensor's elements, without a copy if the device uses the host's memory;
  /// waits for the work that computes them. The pointer is valid only inside `body`.
  func withElements(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void)
  /// Waits until all queued work is done. Call it before you measure a time.
  func synchronize()
  /// Whether kernels return before their work is done, so that timing must `synchronize`.
  var isAsynchronous: Bool { get }
  /// Processor time, in seconds, that threads of this process have spent waiting for work of this
  /// backend without sleeping. It is part of the process's CPU time, but no work. A wait counts when it
  /// ends, so call `rest` before.
  var polledSeconds: Double { get }
  /// Waits until the threads of this backend sleep.
  func rest()
  /// Bytes per second that the device reads from its memory, measured over `byteCount` bytes, which
  /// should be several times the largest cache.
  func measureReadBandwidth(byteCount: Int, passCount: Int) -> Double
  /// The multiply-add peak of the device in FLOP/s, the fastest of `burstCount` bursts of about a
  /// millisecond; a multiply-add counts as 2 FLOPs.
  func measureMultiplyAddPeak(burstCount: Int) -> Double
}

extension Backend {
  public func withElements(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    read(tensor).withUnsafeBufferPointer(body)
  }

  public func writeElements(
    of tensor: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    write(
      try [Float](unsafeUninitializedCapacity: tensor.count) { elements, initializedCount in
        try body(UnsafeMutableBufferPointer(rebasing: elements.prefix(tensor.count)))
        initializedCount = tensor.count
      }, to: tensor)
  }

  public func synchronize() {}
  public var isAsynchronous: Bool { false }
  public var polledSeconds: Double { 0 }
  public func rest() {}

  /// A tensor with these values, row-major.
  /// - Precondition: there is one value per element of the shape.
  public func tensor(_ scalars: [Float], _ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    precondition(
      scalars.count == shape.count, "tensor: \(scalars.count) values for shape \(shape)")
    let result = empty(shape, purpose)
    write(scalars, to: result)
    return result
  }

  /// A tensor filled with one value, as PyTorch's `torch.full`.
  public func full(_ value: Float, _ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    let result = empty(shape, purpose)
    fill(result, with: value)
    return result
  }

  /// A copy of a tensor, as PyTorch's `clone`.
  public func copy(_ tensor: Tensor, _ purpose: MemoryPurpose) -> Tensor {
    let result = empty(tensor.shape, purpose)
    copy(tensor, into: result)
    return result
  }
}
