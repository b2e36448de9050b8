import TensorCore

/// A backend that forwards every call to another one, and calls `afterKernel` after each kernel with
/// the tensors that the kernel wrote: to make a kernel wrong, or slow by a known time.
public final class AlteredBackend: Backend {
  /// A kernel, by the name of its method.
  public enum Kernel: String, CaseIterable, Sendable {
    case multiply
    case attention
    case attentionBackward
    case attentionMap
    case copyHeads
    case fill
    case copy
    case add
    case multiplyElements
    case scale
    case fillRows
    case sumRows
    case sumOfSquares
    case gatherRows
    case scatterAddRows
    case scaleRows
    case rowDots
    case layerNorm
    case layerNormBackward
    case rmsNorm
    case rmsNormBackward
    case softmaxRows
    case softmaxRowsBackward
    case gelu
    case swiGLU
    case swiGLUBackward
    case dropout
    case rotate
    case embed
    case crossEntropy
    case adamW
  }

  private let inner: any Backend
  private let afterKernel: (Kernel, [Tensor]) -> Void
  /// What the measurements of bandwidth return, in order; nil to measure.
  private var bandwidths: [Double]?
  public let isAsynchronous: Bool
  public private(set) var synchronizeCount = 0

  public init(
    _ inner: any Backend, isAsynchronous: Bool = false, bandwidths: [Double]? = nil,
    afterKernel: @escaping (_ kernel: Kernel, _ written: [Tensor]) -> Void = { _, _ in }
  ) {
    self.inner = inner
    self.isAsynchronous = isAsynchronous
    self.bandwidths = bandwidths
    self.afterKernel = afterKernel
  }

  public var deviceName: String { inner.deviceName }
  public var threadCount: Int { inner.threadCount }
  public var meter: MemoryMeter { inner.meter }

  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    inner.empty(shape, purpose)
  }

  public func write(_ scalars: [Float], to tensor: Tensor) { inner.write(scalars, to: tensor) }
  public func read(_ tensor: Tensor) -> [Float] { inner.read(tensor) }
  public func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int {
    inner.attentionTileBytes(headDim: headDim, isBackward: isBackward)
  }

  public func synchronize() {
    synchronizeCount += 1
    inner.synchronize()
  }

  public func measureReadBandwidth(byteCount: Int, passCount: Int) -> Double {
    guard bandwidths?.isEmpty == false else {
      return inner.measureReadBandwidth(byteCount: byteCount, passCount: passCount)
    }
    return bandwidths?.removeFirst() ?? .nan
  }

  public func measureMultiplyAddPeak(burstCount: Int) -> Double {
    inner.measureMultiplyAddPeak(burstCount: burstCount)
  }
}

extension AlteredBackend {
  public func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool
  ) {
    inner.multiply(
      a, transposed: aTransposed, b, transposed: bTransposed, into: c, accumulate: accumulate)
    afterKernel(.multiply, [c])
  }

  public func attention(_ operands: AttentionOperands, _ problem: AttentionProblem) {
    inner.attention(operands, problem)
    afterKernel(.attention, [operands.output.tensor])
  }

  public func attentionBackward(
    _ operands: AttentionOperands, _ gradients: AttentionGradients, _ problem: AttentionProblem
  ) {
    inner.attentionBackward(operands, gradients, problem)
    afterKernel(
      .attentionBackward,
      [gradients.queries.tensor, gradients.keys.tensor, gradients.values.tensor])
  }

  public func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem
  ) {
    inner.attentionMap(queries: queries, keys: keys, into: map, problem)
    afterKernel(.attentionMap, [map])
  }

  public func copyHeads(
    _ source: HeadView, into target: HeadView, at position: Int, _ batchCount: Int, _ length: Int,
    _ headCount: Int, _ headDim: Int
  ) {
    inner.copyHeads(source, into: target, at: position, batchCount, length, headCount, headDim)
    afterKernel(.copyHeads, [target.tensor])
  }

  public func fill(_ tensor: Tensor, with value: Float) {
    inner.fill(tensor, with: value)
    afterKernel(.fill, [tensor])
  }

  public func copy(_ source: Tensor, into target: Tensor) {
    inner.copy(source, into: target)
    afterKernel(.copy, [target])
  }

  public func add(_ source: Tensor, to target: Tensor) {
    inner.add(source, to: target)
    afterKernel(.add, [target])
  }

  public func multiplyElements(_ a: Tensor, _ b: Tensor, into target: Tensor) {
    inner.multiplyElements(a, b, into: target)
    afterKernel(.multiplyElements, [target])
  }

  public func scale(_ target: Tensor, by factor: Float) {
    inner.scale(target, by: factor)
    afterKernel(.scale, [target])
  }

  public func fillRows(_ target: Tensor, residual: Tensor?, bias: Tensor?) {
    inner.fillRows(target, residual: residual, bias: bias)
    afterKernel(.fillRows, [target])
  }

  public func sumRows(_ matrix: Tensor, into sums: Tensor, accumulate: Bool) {
    inner.sumRows(matrix, into: sums, accumulate: accumulate)
    afterKernel(.sumRows, [sums])
  }

  public func sumOfSquares(_ tensor: Tensor) -> Double {
    defer { afterKernel(.sumOfSquares, []) }
    return inner.sumOfSquares(tensor)
  }

  public func gatherRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    inner.gatherRows(x, rows: rows, into: y)
    afterKernel(.gatherRows, [y])
  }

  public func scatterAddRows(_ x: Tensor, rows: [Int32], into y: Tensor) {
    inner.scatterAddRows(x, rows: rows, into: y)
    afterKernel(.scatterAddRows, [y])
  }

  public func scaleRows(_ x: Tensor, by factors: Tensor, into y: Tensor) {
    inner.scaleRows(x, by: factors, into: y)
    afterKernel(.scaleRows, [y])
  }

  public func rowDots(_ a: Tensor, _ b: Tensor, into y: Tensor) {
    inner.rowDots(a, b, into: y)
    afterKernel(.rowDots, [y])
  }

  public func layerNorm(
    _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into y: Tensor, mean: Tensor,
    rstd: Tensor
  ) {
    inner.layerNorm(
      x, weight: weight, bias: bias, epsilon: epsilon, into: y, mean: mean, rstd: rstd)
    afterKernel(.layerNorm, [y])
  }

  public func layerNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor, rstd: Tensor, dx: Tensor,
    accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool, dBias: Tensor, accumulateBias: Bool
  ) {
    inner.layerNormBackward(
      dy, x: x, weight: weight, mean: mean, rstd: rstd, dx: dx, accumulate: accumulate,
      dWeight: dWeight, accumulateWeight: accumulateWeight, dBias: dBias,
      accumulateBias: accumulateBias)
    afterKernel(.layerNormBackward, [dx, dWeight, dBias])
  }

  public func rmsNorm(_ x: Tensor, weight: Tensor, epsilon: Float, into y: Tensor, rstd: Tensor) {
    inner.rmsNorm(x, weight: weight, epsilon: epsilon, into: y, rstd: rstd)
    afterKernel(.rmsNorm, [y])
  }

  public func rmsNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, dx: Tensor, accumulate: Bool,
    dWeight: Tensor, accumulateWeight: Bool
  ) {
    inner.rmsNormBackward(
      dy, x: x, weight: weight, rstd: rstd, dx: dx, accumulate: accumulate, dWeight: dWeight,
      accumulateWeight: accumulateWeight)
    afterKernel(.rmsNormBackward, [dx, dWeight])
  }

  public func softmaxRows(_ x: Tensor, scale: Float, isCausal: Bool) {
    inner.softmaxRows(x, scale: scale, isCausal: isCausal)
    afterKernel(.softmaxRows, [x])
  }

  public func softmaxRowsBackward(_ dy: Tensor, y: Tensor, scale: Float) {
    inner.softmaxRowsBackward(dy, y: y, scale: scale)
    afterKernel(.softmaxRowsBackward, [dy])
  }

  public func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor, derivative: Tensor?) {
    inner.gelu(x, bias: bias, into: y, derivative: derivative)
    afterKernel(.gelu, [y])
  }

  public func swiGLU(_ gateUp: Tensor, into y: Tensor) {
    inner.swiGLU(gateUp, into: y)
    afterKernel(.swiGLU, [y])
  }

  public func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor) {
    inner.swiGLUBackward(dy, gateUp: gateUp, into: dGateUp)
    afterKernel(.swiGLUBackward, [dGateUp])
  }

  public func dropout(_ x: Tensor, _ mask: DropoutMask, residual: Tensor?, into y: Tensor) {
    inner.dropout(x, mask, residual: residual, into: y)
    afterKernel(.dropout, [y])
  }

  public func rotate(
    _ source: Tensor, into target: Tensor, cosines: Tensor, sines: Tensor, firstPosition: Int,
    firstHead: Int, headCount: Int, headDim: Int, pairing: RotaryPairing, inverse: Bool
  ) {
    inner.rotate(
      source, into: target, cosines: cosines, sines: sines, firstPosition: firstPosition,
      firstHead: firstHead, headCount: headCount, headDim: headDim, pairing: pairing,
      inverse: inverse)
    afterKernel(.rotate, [target])
  }

  public func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor) {
    inner.embed(tokens, table: table, positions: positions, into: y)
    afterKernel(.embed, [y])
  }

  public func crossEntropy(
    _ logits: Tensor, targets: [Int32], losses: Tensor, gradientScale: Float?
  ) {
    inner.crossEntropy(logits, targets: targets, losses: losses, gradientScale: gradientScale)
    afterKernel(.crossEntropy, [losses])
  }

  public func adamW(
    weight: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor, _ step: AdamWStep
  ) {
    inner.adamW(
      weight: weight, gradient: gradient, firstMoment: firstMoment, secondMoment: secondMoment, step
    )
    afterKernel(.adamW, [weight])
  }
}
