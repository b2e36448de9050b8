import TensorCore

public final class CPUBackend: Backend {
  public let deviceName = "CPU"
  public let threadCount: Int
  public let meter = MemoryMeter()
  private let pool = BufferPool()

  public init(threadCount: Int) throws(DeviceError) { self.threadCount = threadCount }

  public func empty(_ shape: Shape, _ purpose: MemoryPurpose) -> Tensor {
    Tensor(
      shape: shape,
      storage: HostStorage(count: shape.count, purpose: purpose, meter: meter, pool: pool))
  }
  public func write(_ scalars: [Float], to tensor: Tensor) {
    for (index, value) in scalars.enumerated() { tensor.hostPointer[index] = value }
  }
  public func read(_ tensor: Tensor) -> [Float] {
    Array(UnsafeBufferPointer(start: tensor.hostPointer, count: tensor.count))
  }
  public func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor) { preconditionFailure("stub: gelu") }
  public func geluBackward(_ dy: Tensor, x: Tensor, bias: Tensor?, into dx: Tensor) { preconditionFailure("stub: geluBackward") }
  public func swiGLU(_ gateUp: Tensor, into y: Tensor) { preconditionFailure("stub: swiGLU") }
  public func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor) { preconditionFailure("stub: swiGLUBackward") }
  public func attention( queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor, _ problem: AttentionProblem) { preconditionFailure("stub: attention") }
  public func attentionBackward( outputGradient: HeadView, queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor, queryGradient: HeadView, keyGradient: HeadView, valueGradient: HeadView, _ problem: AttentionProblem) { preconditionFailure("stub: attentionBackward") }
  public func attentionMap( queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem) { preconditionFailure("stub: attentionMap") }
  public func fill(_ tensor: Tensor, with value: Float) { for i in 0..<tensor.count { tensor.hostPointer[i] = value } }
  public func copy(_ source: Tensor, into target: Tensor) { preconditionFailure("stub: copy") }
  public func add(_ source: Tensor, to target: Tensor) { preconditionFailure("stub: add") }
  public func scale(_ target: Tensor, by factor: Float) { preconditionFailure("stub: scale") }
  public func fillRows(_ target: Tensor, residual: Tensor?, bias: Tensor?) { preconditionFailure("stub: fillRows") }
  public func sumRows(_ matrix: Tensor, into sums: Tensor, accumulate: Bool) { preconditionFailure("stub: sumRows") }
  public func sumOfSquares(_ tensor: Tensor) -> Double { preconditionFailure("stub: sumOfSquares") }
  public func layerNorm( _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into y: Tensor, mean: Tensor, reciprocalDeviation: Tensor) { preconditionFailure("stub: layerNorm") }
  public func layerNormBackward( _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor, reciprocalDeviation: Tensor, dx: Tensor, accumulate: Bool, dWeight: Tensor, dBias: Tensor, accumulateParameters: Bool) { preconditionFailure("stub: layerNormBackward") }
  public func rmsNorm( _ x: Tensor, weight: Tensor, epsilon: Float, into y: Tensor, reciprocalDeviation: Tensor) { preconditionFailure("stub: rmsNorm") }
  public func rmsNormBackward( _ dy: Tensor, x: Tensor, weight: Tensor, reciprocalDeviation: Tensor, dx: Tensor, accumulate: Bool, dWeight: Tensor, accumulateParameters: Bool) { preconditionFailure("stub: rmsNormBackward") }
  public func adamW( weight: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor, _ step: AdamWStep) { preconditionFailure("stub: adamW") }
  public func rotate( _ source: Tensor, into target: Tensor, cosines: Tensor, sines: Tensor, firstPosition: Int, firstHead: Int, headCount: Int, headDim: Int, pairing: RotaryPairing, inverse: Bool) { preconditionFailure("stub: rotate") }
  public func multiply( _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool, into c: Tensor, accumulate: Bool) { preconditionFailure("stub: multiply") }
  public func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor) { preconditionFailure("stub: embed") }
  public func embedBackward(_ dy: Tensor, tokens: [Int32], into dTable: Tensor) { preconditionFailure("stub: embedBackward") }
  public func crossEntropy( _ logits: Tensor, targets: [Int32], losses: Tensor, gradientScale: Float?) { preconditionFailure("stub: crossEntropy") }
}
