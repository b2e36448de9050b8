import Autograd
import TensorCore

/// Multi-head attention between two projections.
///
/// Equivalent to, with `Q, K, V = split(x • W_qkv)` and `Q`, `K` rotated by their positions:
///
///     concat(softmax(Qₕ • Kₕᵀ / √headDim, masked) • Vₕ for each head h) • W_output
public struct SelfAttention {
  /// The projection to queries, keys and values, one matrix product.
  private let qkv: Projection
  private let output: Projection
  /// One logit per head in the softmax's denominator, `[heads]`; nil without learned sinks.
  private let sinks: Parameter?

  /// Creates attention with the heads of the configuration. The weights' names begin with `name`.
  public init(
    _ name: String, _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    self.init(
      name, headCount: configuration.headCount, kvHeadCount: configuration.kvHeadCount,
      configuration, in: parameters)
  }

  /// Creates attention with another number of heads; the head dimension is the model's.
  public init(
    _ name: String, headCount: Int, kvHeadCount: Int? = nil,
    _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    let packedHeadCount = headCount + 2 * (kvHeadCount ?? headCount)
    qkv = Projection(
      "\(name).qkv", from: configuration.modelDim, to: packedHeadCount * configuration.headDim,
      std: initStd, hasBias: configuration.hasBiases, in: parameters)
    output = Projection(
      "\(name).output", from: headCount * configuration.headDim, to: configuration.modelDim,
      std: residualInitStd(configuration), hasBias: configuration.hasBiases, in: parameters)
    sinks =
      configuration.hasLearnedSinks ? parameters.constant("\(name).sinks", [headCount], 0) : nil
  }

  /// Shapes: x and the branch's result `[batch, seq, modelDim]`.
  func callAsFunction(_ x: Variable, _ context: LayerContext) -> ResidualBranch {
    // B batch · S sequence · H heads · G key/value heads · D headDim · x is [B, S, modelDim]
    let packed = rotated(qkv(x, context.tape), context)  // [B, S, (H + 2·G)·D]
    let problem = problem(packed, context)
    let mixed =
      context.pass.cache?.attend(packed, problem, context, sinks: sinks?.value)
      ?? attend(packed, problem, context)  // [B, S, H·D]
    context.pass.observer?(context.layer, packed, problem)
    return ResidualBranch(mixed, output, .attention, context)  // [B, S, modelDim]
  }

  /// Puts the keys and values of `x` into the pass's cache, without attention.
  func fillCache(_ x: Variable, _ context: LayerContext) {
    let packed = rotated(qkv(x, context.tape), context)
    context.pass.cache?.append(packed, problem(packed, context), context)
  }

  /// `output(attention(x))` for a given attention problem, without residual and dropout. Shapes: x
  /// and result `[batch, seq, modelDim]`.
  public func branch(_ x: Variable, _ problem: AttentionProblem, _ tape: Tape) -> Variable {
    output(tape.attention(qkv(x, tape), problem, sinks: sinks), tape)
  }

  /// Rotates queries and keys by their positions, if scheme and layer do so.
  private func rotated(_ packed: Variable, _ context: LayerContext) -> Variable {
    guard let rotation = context.rotation else { return packed }
    let configuration = context.configuration
    return context.tape.rotate(
      packed, by: rotation, rotatedHeads: configuration.headCount + configuration.kvHeadCount,
      headDim: configuration.headDim, firstPosition: context.pass.firstPosition)
  }

  /// The sizes, scale and mask of this layer's attention.
  ///
  /// - Precondition: a pattern without causality has no cache, because later tokens change the
  ///   values of earlier ones.
  private func problem(_ packed: Variable, _ context: LayerContext) -> AttentionProblem {
    let (configuration, attention) = (context.configuration, context.attention)
    precondition(
      attention.pattern.isCausal || context.pass.cache == nil,
      "attention: the pattern '\(attention.pattern.identity)' is not causal and allows no cache")
    var problem = AttentionProblem(
      batchCount: context.batchCount, queryLength: context.length,
      keyLength: context.pass.firstPosition + context.length, headCount: configuration.headCount,
      kvHeadCount: configuration.kvHeadCount, headDim: configuration.headDim,
      scale: attention.scoreScale / Float(configuration.headDim).squareRoot(),
      isCausal: attention.pattern.isCausal, window: attention.pattern.window,
      slopes: context.slopes, blocks: context.blocks)
    if let pattern = attention.pattern as? any ContentPattern {
      precondition(
        context.pass.cache == nil && context.batchCount == 1 && !packed.needsGradient,
        """
        attention: '\(pattern.identity)' chooses blocks by content; it needs inference without a \
        cache, one text at a time
        """)
      problem.blocks = pattern.blocks(
        of: PackedHeads(packed.value, problem), problem, on: context.tape.backend)
    }
    return problem
  }

  /// Computes attention. The selective policy recomputes it in the backward pass.
  private func attend(
    _ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext
  ) -> Variable {
    let dropout = context.dropoutMask(.probabilities)
    let (kind, function) = (context.configuration.attention, context.pass.attentionFunction)
    let attention = { (tape: Tape) -> Variable in
      switch kind {
      case .tiled: tape.attention(packed, problem, sinks: sinks, by: function)
      case .naive: tape.naiveAttention(packed, problem, dropout: dropout)
      }
    }
    let isSelective = context.training?.policy == .selective
    return isSelective ? context.tape.recomputing(attention) : attention(context.tape)
  }
}
