import Autograd
import TensorCore

/// Multi-head attention: one packed projection in, attention, one projection out.
public struct SelfAttention {
  private let packedProjection: Projection
  private let output: Projection

  public init(
    _ name: String, _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    let heads = configuration.headCount + 2 * configuration.kvHeadCount
    packedProjection = Projection(
      "\(name).qkv", from: configuration.modelDim, to: heads * configuration.headDim,
      std: initStd, hasBias: configuration.hasBiases, in: parameters)
    output = Projection(
      "\(name).output", from: configuration.modelDim, to: configuration.modelDim,
      std: residualInitStd(configuration), hasBias: configuration.hasBiases, in: parameters)
  }

  /// A branch with so many heads of its own, each as wide as the model's.
  public init(
    _ name: String, heads: Int, _ configuration: TransformerConfiguration,
    in parameters: ParameterSet
  ) {
    let inner = heads * configuration.headDim
    packedProjection = Projection(
      "\(name).qkv", from: configuration.modelDim, to: 3 * inner, std: initStd,
      hasBias: configuration.hasBiases, in: parameters)
    output = Projection(
      "\(name).output", from: inner, to: configuration.modelDim,
      std: residualInitStd(configuration), hasBias: configuration.hasBiases, in: parameters)
  }

  /// `residual + output(attention(x))`
  func callAsFunction(
    _ x: Variable, residual: Variable, _ pass: ForwardPass, layer: Int
  ) -> Variable {
    // x [batch, seq, modelDim] → packed [batch, seq, (heads + 2·kvHeads)·headDim]
    let packed = pass.turned(packedProjection(x, pass.tape), layer: layer)
    let problem = pass.problem(layer: layer)
    let mixed: Variable
    if let cache = pass.cache {
      mixed = cache.attend(
        packed, problem, rotation: pass.rotation(layer: layer), layer: layer, on: pass.tape.backend)
    } else {
      mixed = attend(packed, problem, pass, layer: layer)
    }
    pass.observer?(layer, packed, problem)
    return pass.add(output, of: mixed, to: residual, .attention(layer: layer))
  }

  /// `output(attention(x))` for an attention of the caller's own, added to nothing: a branch.
  public func branch(_ x: Variable, _ problem: AttentionProblem, _ tape: Tape) -> Variable {
    output(tape.attention(packedProjection(x, tape), problem), tape)
  }

  /// Attention itself, which a selective policy computes again.
  private func attend(
    _ packed: Variable, _ problem: AttentionProblem, _ pass: ForwardPass, layer: Int
  ) -> Variable {
    let attention = { (tape: Tape) -> Variable in
      switch pass.configuration.attention {
      case .tiled: return tape.attention(packed, problem)
      case .naive:
        return tape.naiveAttention(
          packed, problem, dropout: pass.mask(.probabilities(layer: layer)))
      }
    }
    let isSelective = pass.training?.policy == .selective
    return isSelective ? pass.tape.recomputing(attention) : attention(pass.tape)
  }
}
