/// A device that counts what it is asked for and has another one do it.
///
/// Tensors are the inner device's own; results are the same to the bit.
public final class CountingBackend: Backend {
  let inner: any Backend
  public let flops = FLOPMeter()

  public init(_ inner: any Backend) { self.inner = inner }

  public var deviceName: String { inner.deviceName }
  public var threadCount: Int { inner.threadCount }
  public var meter: MemoryMeter { inner.meter }

  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    inner.empty(shape, purpose)
  }

  public func write(_ scalars: [Float], to tensor: Tensor) { inner.write(scalars, to: tensor) }
  public func read(_ tensor: Tensor) -> [Float] { inner.read(tensor) }
  public func finish() { inner.finish() }
  public var isAsynchronous: Bool { inner.isAsynchronous }

  public func withNumbers(_ tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void) {
    inner.withNumbers(tensor, body)
  }

  public func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int {
    inner.attentionTileBytes(headDim: headDim, isBackward: isBackward)
  }

  public func measureReadBandwidth(byteCount: Int, passCount: Int) -> Double {
    inner.measureReadBandwidth(byteCount: byteCount, passCount: passCount)
  }

  /// One operation a number written, and so many numbers touched.
  func pass(_ kind: OperationKind, writing count: Int, touching numbers: Int) {
    flops.add(kind, flops: count, numbers: numbers)
  }
}

extension CountingBackend {
  public func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool
  ) {
    // c [m, n] = a [m, k] · b [k, n]: every element takes k multiply-adds.
    flops.add(
      .product, flops: 2 * c.count * sharedExtent(a, aTransposed),
      numbers: a.count + b.count + c.count * (accumulate ? 2 : 1))
    inner.multiply(
      a, transposed: aTransposed, b, transposed: bTransposed, into: c, accumulate: accumulate)
  }

  /// The extent that a product sums over: the columns of `a`, or its rows where it is transposed.
  private func sharedExtent(_ a: Tensor, _ isTransposed: Bool) -> Int {
    isTransposed ? a.count / a.shape.lastExtent : a.shape.lastExtent
  }
}

extension CountingBackend {
  public func attention(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem
  ) {
    flops.add(
      .attention, flops: 4 * problem.multiplyAdds,
      numbers: 2 * problem.queryNumbers + 2 * problem.keyNumbers + logSumExp.count)
    inner.attention(
      queries: queries, keys: keys, values: values, output: output, logSumExp: logSumExp, problem)
  }

  public func attentionBackward(
    outputGradient: HeadView, queries: HeadView, keys: HeadView, values: HeadView,
    output: HeadView, logSumExp: Tensor, queryGradient: HeadView, keyGradient: HeadView,
    valueGradient: HeadView, _ problem: AttentionProblem
  ) {
    flops.add(
      .attention, flops: 10 * problem.multiplyAdds,
      numbers: 4 * problem.queryNumbers + 4 * problem.keyNumbers + logSumExp.count)
    inner.attentionBackward(
      outputGradient: outputGradient, queries: queries, keys: keys, values: values, output: output,
      logSumExp: logSumExp, queryGradient: queryGradient, keyGradient: keyGradient,
      valueGradient: valueGradient, problem)
  }

  public func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem
  ) {
    flops.add(
      .attention, flops: 2 * problem.multiplyAdds,
      numbers: problem.queryNumbers + problem.keyNumbers + map.count)
    inner.attentionMap(queries: queries, keys: keys, into: map, problem)
  }

  public func copyHeads(
    _ source: HeadView, into target: HeadView, at position: Int, _ batchCount: Int, _ length: Int,
    _ headCount: Int, _ headDim: Int
  ) {
    let count = batchCount * length * headCount * headDim
    pass(.elementwise, writing: count, touching: 2 * count)
    inner.copyHeads(source, into: target, at: position, batchCount, length, headCount, headDim)
  }
}

extension AttentionProblem {
  /// Pairs that take part, in all heads, times the head dimension.
  fileprivate var multiplyAdds: Int { batchCount * headCount * pairCount * headDim }
  /// Numbers in the queries.
  fileprivate var queryNumbers: Int { batchCount * headCount * queryLength * headDim }
  /// Numbers in the keys.
  fileprivate var keyNumbers: Int { batchCount * kvHeadCount * keyLength * headDim }
}
