import Autograd
import TensorCore

/// LayerNorm or RMSNorm with its weights, by configuration.
public struct Norm {
  let weight: Parameter
  let bias: Parameter?
  let epsilon: Float

  /// Creates a norm of the configuration's kind. The weights' names begin with `name`.
  public init(
    _ name: String, _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    let width: Shape = [configuration.modelDim]
    weight = parameters.constant("\(name).weight", width, 1)
    bias = configuration.norm == .layerNorm ? parameters.constant("\(name).bias", width, 0) : nil
    epsilon = configuration.normEpsilon
  }

  /// Shapes: x and result `[…, modelDim]`.
  public func callAsFunction(_ x: Variable, _ tape: Tape) -> Variable {
    if let bias { return tape.layerNorm(x, weight: weight, bias: bias, epsilon: epsilon) }
    return tape.rmsNorm(x, weight: weight, epsilon: epsilon)
  }
}

/// A linear layer: a weight `[in, out]` and an optional bias `[out]`.
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

  /// `(residual +) x • weight (+ bias)`. Shapes: x `[…, in]`, result `[…, out]`.
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

  /// Shapes: x and the branch's result `[batch, seq, modelDim]`.
  func callAsFunction(_ x: Variable, _ context: LayerContext) -> ResidualBranch {
    let hidden = hidden(x, context.tape)  // [batch, seq, feedForwardDim]
    return ResidualBranch(hidden, down, .feedForward, context)  // [batch, seq, modelDim]
  }

  /// `down(activation(up(x)))`, without residual and dropout. Shapes: x and result
  /// `[batch, seq, modelDim]`.
  public func branch(_ x: Variable, _ tape: Tape) -> Variable { down(hidden(x, tape), tape) }

  private func hidden(_ x: Variable, _ tape: Tape) -> Variable {
    switch kind {
    case .gelu:
      // The activation kernel adds the bias, which saves a pass over memory.
      tape.gelu(tape.linear(x, up.weight), bias: up.bias)
    case .swiGLU: tape.swiGLU(up(x, tape))  // [batch, seq, 2·feedForwardDim] inside
    }
  }
}

/// Standard deviation of initial weights, as in GPT-2. It is small, so that an untrained model
/// predicts nearly uniformly.
let initStd: Float = 0.02

/// Standard deviation of the initial weights of projections that add to the residual stream:
/// smaller, so that the variance of the stream does not grow with depth. A layer has two of them
/// (Radford et al., 2019, section 2.3).
func residualInitStd(_ configuration: TransformerConfiguration) -> Float {
  initStd / Float(2 * configuration.layerCount).squareRoot()
}
