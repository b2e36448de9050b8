import Autograd
import TensorCore

/// LayerNorm or RMSNorm with its weights.
public struct Norm {
  let weight: Parameter
  let bias: Parameter?
  let epsilon: Float

  public init(
    _ name: String, _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    let width: Shape = [configuration.modelDim]
    weight = parameters.constant("\(name).weight", width, 1)
    bias = configuration.norm == .layerNorm ? parameters.constant("\(name).bias", width, 0) : nil
    epsilon = configuration.normEpsilon
  }

  public func callAsFunction(_ x: Variable, _ tape: Tape) -> Variable {
    if let bias { return tape.layerNorm(x, weight: weight, bias: bias, epsilon: epsilon) }
    return tape.rmsNorm(x, weight: weight, epsilon: epsilon)
  }
}

/// A projection `[in, out]` with an optional bias.
struct Projection {
  let weight: Parameter
  let bias: Parameter?

  init(
    _ name: String, from inner: Int, to outer: Int, std: Float, hasBias: Bool,
    in parameters: ParameterSet
  ) {
    weight = parameters.normal("\(name).weight", [inner, outer], std: std)
    bias = hasBias ? parameters.constant("\(name).bias", [outer], 0) : nil
  }

  func callAsFunction(_ x: Variable, residual: Variable? = nil, _ tape: Tape) -> Variable {
    tape.linear(x, weight, bias: bias, residual: residual)
  }
}

/// The feed-forward layer: GELU or SwiGLU between two projections.
public struct FeedForward {
  private let up: Projection
  private let down: Projection
  private let kind: FeedForwardKind

  public init(
    _ name: String, _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    let (width, hidden) = (configuration.modelDim, configuration.feedForwardDim)
    kind = configuration.feedForward
    let isGated = kind == .swiGLU
    up = Projection(
      isGated ? "\(name).gateUp" : "\(name).up", from: width, to: isGated ? 2 * hidden : hidden,
      std: initStd, hasBias: configuration.hasBiases, in: parameters)
    down = Projection(
      "\(name).down", from: hidden, to: width,
      std: residualInitStd(configuration), hasBias: configuration.hasBiases, in: parameters)
  }

  /// `residual + down(activation(up(x)))`
  func callAsFunction(
    _ x: Variable, residual: Variable, _ pass: ForwardPass, layer: Int
  ) -> Variable {
    pass.add(down, of: hidden(x, pass.tape), to: residual, .feedForward(layer: layer))
  }

  /// `down(activation(up(x)))`, added to nothing: a branch.
  public func branch(_ x: Variable, _ tape: Tape) -> Variable { down(hidden(x, tape), tape) }

  private func hidden(_ x: Variable, _ tape: Tape) -> Variable {
    switch kind {
    case .gelu:
      // The bias is added inside the activation, where the numbers are in registers anyway.
      tape.gelu(tape.linear(x, up.weight), bias: up.bias)
    case .swiGLU: tape.swiGLU(up(x, tape))
    }
  }
}

/// GPT-2's: small enough that a fresh model predicts nearly uniformly.
let initStd: Float = 0.02

/// Projections that add to the residual are drawn smaller, so that its variance does not grow with
/// depth: there are two of them a layer (Radford et al., 2019, section 2.3).
func residualInitStd(_ configuration: TransformerConfiguration) -> Float {
  initStd / Float(2 * configuration.layerCount).squareRoot()
}
