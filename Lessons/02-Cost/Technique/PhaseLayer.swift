import TensorCore

/// What a model does with a layer. The weights are the same, the FLOPs per byte are not.
package enum Phase: String, CaseIterable, Codable {
  /// Reads a prompt: all tokens at once.
  case prefill
  /// Computes one new token, which attends to a cache.
  case decoding
  /// Forward and backward pass over as many tokens as the prompt has.
  case training
}

/// The two kinds of matrix products in a layer.
package enum LayerHalf: String, CaseIterable, Codable {
  case linear, attention

  package var name: String { self == .linear ? "linear layers" : "attention" }
}

/// One layer as each phase runs it: causal attention with heads of 64 elements, and a feed-forward
/// layer of width 4d.
///
/// There are several copies of the weights, and each run takes the next. So the weights come from
/// memory, as in a model whose layers do not all fit into a cache.
package struct PhaseLayer {
  package let promptLength: Int
  package let cacheLength: Int
  package let modelDim: Int
  private let backend: any Backend
  private let copies: [[LinearLayer]]
  private let prompt, token: Heads

  /// - Precondition: `modelDim` is a multiple of the head's size, 64 or less for narrower models.
  package init(
    promptLength: Int, cacheLength: Int, modelDim: Int, copyCount: Int, seed: UInt64,
    on backend: any Backend
  ) {
    self.promptLength = promptLength
    self.cacheLength = cacheLength
    self.modelDim = modelDim
    self.backend = backend
    // A few thousand random numbers, repeated: times do not depend on the values.
    var generator = SeededGenerator(seed: seed, stream: "phases")
    let values = (0..<4096).map { _ in generator.normal() * 0.1 }
    let noise = { (shape: Shape) in
      backend.tensor((0..<shape.count).map { values[$0 % values.count] }, shape, .workspace)
    }
    let sides = [(1, 3), (1, 1), (1, 4), (4, 1)].map { ($0 * modelDim, $1 * modelDim) }
    let buffers = sides.map { LinearBuffers(promptLength, $0, $1, noise, backend) }
    copies = (0..<copyCount).map { _ in
      zip(sides, buffers).map { LinearLayer(weights: noise([$0.0, $0.1]), buffers: $1) }
    }
    let heads = modelDim / min(64, modelDim)
    prompt = Heads(
      AttentionProblem(
        batchCount: 1, queryLength: promptLength, keyLength: promptLength, headCount: heads,
        headDim: modelDim / heads), noise, backend)
    token = Heads(
      AttentionProblem(
        batchCount: 1, queryLength: 1, keyLength: cacheLength, headCount: heads,
        headDim: modelDim / heads), noise, backend)
  }

  /// Runs one half of the layer; `turn` chooses the copy of the weights.
  package func run(_ phase: Phase, _ half: LayerHalf, turn: Int) {
    switch half {
    case .linear:
      for layer in copies[turn % copies.count] { layer.run(phase, on: backend) }
    case .attention:
      (phase == .decoding ? token : prompt).run(phase, on: backend)
    }
  }

  /// FLOPs by formula; a multiply-add is 2 FLOPs. The backward pass of a linear layer has two
  /// products, that of tiled attention five, because it computes the scores again.
  package func flops(_ phase: Phase, _ half: LayerHalf) -> Double {
    let (d, tokens) = (Double(modelDim), Double(tokenCount(phase)))
    switch half {
    case .linear:
      return (phase == .training ? 3 : 1) * 24 * tokens * d * d
    case .attention:
      let pairs = phase == .decoding ? Double(cacheLength) : tokens * (tokens + 1) / 2
      return (phase == .training ? 14 : 4) * pairs * d
    }
  }

  // lesson: begin phase-formulas
  /// Bytes by formula: every operand of every kernel is read or written once, in Float32.
  package func bytes(_ phase: Phase, _ half: LayerHalf) -> Double {
    let (d, tokens) = (Double(modelDim), Double(tokenCount(phase)))
    switch half {
    case .linear:
      // Inputs of widths d, d, d, 4d; outputs of widths 3d, d, 4d, d.
      return (phase == .training ? 3 : 1) * 4 * (16 * tokens * d + 12 * d * d)
    case .attention:
      let keys = phase == .decoding ? Double(cacheLength) : tokens
      let sums = tokens * Double(prompt.problem.headCount)
      let forward = 2 * tokens * d + 2 * keys * d + sums
      let backward = 4 * tokens * d + 4 * keys * d + sums
      return 4 * (forward + (phase == .training ? backward : 0))
    }
  }
  // lesson: end phase-formulas

  private func tokenCount(_ phase: Phase) -> Int { phase == .decoding ? 1 : promptLength }
}

/// Inputs, outputs and gradients of one linear layer, which all copies of its weights share.
private struct LinearBuffers {
  /// `[n, in]`
  let input, inputGradient: Tensor
  /// `[n, out]`
  let output: Tensor
  /// `[1, in]` and `[1, out]`, of one token.
  let token, tokenOutput: Tensor
  /// `[in, out]`
  let weightGradient: Tensor

  init(
    _ length: Int, _ width: Int, _ outputWidth: Int, _ noise: (Shape) -> Tensor,
    _ backend: any Backend
  ) {
    input = noise([length, width])
    inputGradient = backend.empty([length, width], .workspace)
    output = noise([length, outputWidth])
    token = noise([1, width])
    tokenOutput = backend.empty([1, outputWidth], .workspace)
    weightGradient = backend.empty([width, outputWidth], .workspace)
  }
}

private struct LinearLayer {
  /// `[in, out]`
  let weights: Tensor
  let buffers: LinearBuffers

  func run(_ phase: Phase, on backend: any Backend) {
    let isToken = phase == .decoding
    backend.multiply(
      isToken ? buffers.token : buffers.input, transposed: false, weights, transposed: false,
      into: isToken ? buffers.tokenOutput : buffers.output, accumulate: false)
    guard phase == .training else { return }
    // The output stands for its gradient.
    backend.multiply(
      buffers.output, transposed: false, weights, transposed: true, into: buffers.inputGradient,
      accumulate: false)
    backend.multiply(
      buffers.input, transposed: true, buffers.output, transposed: false,
      into: buffers.weightGradient, accumulate: false)
  }
}

/// The tensors of one attention call and of its backward pass.
private struct Heads {
  let problem: AttentionProblem
  private let operands: AttentionOperands
  private let gradients: AttentionGradients

  init(_ problem: AttentionProblem, _ noise: (Shape) -> Tensor, _ backend: any Backend) {
    self.problem = problem
    let queries: Shape = [1, problem.headCount, problem.queryLength, problem.headDim]
    let keys: Shape = [1, problem.headCount, problem.keyLength, problem.headDim]
    operands = AttentionOperands(
      queries: HeadView(headMajor: noise(queries)), keys: HeadView(headMajor: noise(keys)),
      values: HeadView(headMajor: noise(keys)),
      output: HeadView(headMajor: backend.empty(queries, .workspace)),
      logSumExp: backend.empty([1, problem.headCount, problem.queryLength], .workspace))
    gradients = AttentionGradients(
      output: HeadView(headMajor: noise(queries)),
      queries: HeadView(headMajor: backend.empty(queries, .workspace)),
      keys: HeadView(headMajor: backend.empty(keys, .workspace)),
      values: HeadView(headMajor: backend.empty(keys, .workspace)))
  }

  func run(_ phase: Phase, on backend: any Backend) {
    backend.attention(operands, problem)
    if phase == .training { backend.attentionBackward(operands, gradients, problem) }
  }
}
