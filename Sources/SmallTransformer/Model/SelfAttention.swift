import Autograd
import TensorCore

/// Multi-head attention: one packed projection in, attention, one projection out.
struct SelfAttention {
  private let packedProjection: Projection
  private let output: Projection

  init(_ name: String, _ configuration: TransformerConfiguration, in parameters: ParameterSet) {
    let heads = configuration.headCount + 2 * configuration.kvHeadCount
    packedProjection = Projection(
      "\(name).qkv", from: configuration.modelDim, to: heads * configuration.headDim,
      deviation: weightDeviation, hasBias: configuration.hasBiases, in: parameters)
    output = Projection(
      "\(name).output", from: configuration.modelDim, to: configuration.modelDim,
      deviation: residualDeviation(configuration), hasBias: configuration.hasBiases, in: parameters)
  }

  /// `residual + output(attention(x))`
  func callAsFunction(
    _ x: Variable, residual: Variable, _ pass: ForwardPass, layer: Int
  ) -> Variable {
    // x [batch, seq, modelDim] → packed [batch, seq, (heads + 2·kvHeads)·headDim]
    let packed = pass.turned(packedProjection(x, pass.tape))
    let problem = pass.problem
    let mixed: Variable
    if let cache = pass.cache {
      mixed = cache.attend(
        packed, problem, rotation: pass.rotation, layer: layer, on: pass.tape.backend)
    } else {
      mixed = pass.tape.attention(packed, problem)
    }
    pass.observer?(layer, packed, problem)
    return output(mixed, residual: residual, pass.tape)
  }
}
