/// A backend that counts FLOPs and bytes and forwards every call to another backend.
///
/// Tensors and results are those of the inner backend, bit for bit.
public final class CountingBackend: Backend {
  let inner: any Backend
  /// The counts of all calls so far.
  public let flops = FLOPMeter()
  /// The times of all calls so far; nil if they are not taken.
  public let times: KernelTimes?

  /// With `timesKernels` each call is timed; the backend then waits for each kernel of an
  /// asynchronous device.
  public init(_ inner: any Backend, timesKernels: Bool = false) {
    self.inner = inner
    times = timesKernels ? KernelTimes() : nil
  }

  public var deviceName: String { inner.deviceName }
  public var threadCount: Int { inner.threadCount }
  public var meter: MemoryMeter { inner.meter }

  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    inner.empty(shape, purpose)
  }

  public func write(_ scalars: [Float], to tensor: Tensor) { inner.write(scalars, to: tensor) }
  public func read(_ tensor: Tensor) -> [Float] { inner.read(tensor) }
  public func synchronize() { inner.synchronize() }
  public var isAsynchronous: Bool { inner.isAsynchronous }
  public var polledSeconds: Double { inner.polledSeconds }
  public func rest() { inner.rest() }

  public func withElements(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    inner.withElements(tensor, body)
  }

  public func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int {
    inner.attentionTileBytes(headDim: headDim, isBackward: isBackward)
  }

  public func measureReadBandwidth(byteCount: Int, passCount: Int) -> Double {
    inner.measureReadBandwidth(byteCount: byteCount, passCount: passCount)
  }

  public func measureMultiplyAddPeak(burstCount: Int) -> Double {
    inner.measureMultiplyAddPeak(burstCount: burstCount)
  }

  /// Counts a kernel and runs it.
  func count<Result>(
    _ family: KernelFamily, flops count: Int, elements: Int, _ kernel: () -> Result
  ) -> Result {
    flops.add(family, flops: count, elements: elements)
    guard let times else { return kernel() }
    return times.timing(family, on: inner, kernel)
  }

  /// Counts and runs a pass over memory: one FLOP per element written, four bytes per element moved.
  func pass<Result>(
    _ family: KernelFamily, writing count: Int, moving elements: Int, _ kernel: () -> Result
  ) -> Result {
    self.count(family, flops: count, elements: elements, kernel)
  }
}

extension CountingBackend {
  public func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool
  ) {
    // c [m, n] = a [m, k] · b [k, n]: each element takes k multiply-adds of 2 FLOPs.
    count(
      .product, flops: 2 * c.count * sharedExtent(a, aTransposed),
      elements: a.count + b.count + c.count * (accumulate ? 2 : 1)
    ) {
      inner.multiply(
        a, transposed: aTransposed, b, transposed: bTransposed, into: c, accumulate: accumulate)
    }
  }

  /// The inner dimension k of a product: the columns of `a`, or its rows if it is transposed.
  private func sharedExtent(_ a: Tensor, _ isTransposed: Bool) -> Int {
    isTransposed ? a.count / a.shape.lastExtent : a.shape.lastExtent
  }
}

extension CountingBackend {
  public func attention(_ operands: AttentionOperands, _ problem: AttentionProblem) {
    count(
      .attention, flops: 4 * problem.multiplyAdds,
      elements: 2 * problem.queryElements + 2 * problem.keyElements + operands.logSumExp.count
    ) {
      inner.attention(operands, problem)
    }
  }

  public func attentionBackward(
    _ operands: AttentionOperands, _ gradients: AttentionGradients, _ problem: AttentionProblem
  ) {
    count(
      .attention, flops: 10 * problem.multiplyAdds,
      elements: 4 * problem.queryElements + 4 * problem.keyElements + operands.logSumExp.count
    ) {
      inner.attentionBackward(operands, gradients, problem)
    }
  }

  public func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem
  ) {
    count(
      .attention, flops: 2 * problem.multiplyAdds,
      elements: problem.queryElements + problem.keyElements + map.count
    ) {
      inner.attentionMap(queries: queries, keys: keys, into: map, problem)
    }
  }

  public func copyHeads(
    _ source: HeadView, into target: HeadView, at position: Int, _ batchCount: Int, _ length: Int,
    _ headCount: Int, _ headDim: Int
  ) {
    let count = batchCount * length * headCount * headDim
    pass(.elementwise, writing: count, moving: 2 * count) {
      inner.copyHeads(source, into: target, at: position, batchCount, length, headCount, headDim)
    }
  }
}

extension AttentionProblem {
  /// Multiply-adds of one product of attention: visible pairs of all heads, times the head
  /// dimension.
  fileprivate var multiplyAdds: Int { batchCount * headCount * pairCount * headDim }
  /// Elements of the queries.
  fileprivate var queryElements: Int { batchCount * headCount * queryLength * headDim }
  /// Elements of the keys.
  fileprivate var keyElements: Int { batchCount * kvHeadCount * keyLength * headDim }
}
