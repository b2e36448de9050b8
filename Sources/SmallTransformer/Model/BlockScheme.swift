import Autograd
import TensorCore

/// What the layers of a model are made of: the seam that the lesson on conditional computation
/// fills.
///
/// It takes in the whole layer, and not its feed-forward part alone, since a router may leave out
/// attention too.
public protocol BlockScheme: Sendable {
  /// Every choice in one line.
  var identity: String { get }
  /// One layer with its weights, named from `name` on.
  func block(
    _ name: String, layer: Int, _ configuration: TransformerConfiguration,
    in parameters: ParameterSet
  ) -> any ModelBlock
}

/// One layer: `[batch, seq, modelDim]` to the same shape.
public protocol ModelBlock {
  func callAsFunction(_ x: Variable, _ pass: ForwardPass, layer: Int) -> Variable
}

/// Every token takes every layer.
public struct DenseBlocks: BlockScheme {
  public init() {}
  public var identity: String { "dense" }

  public func block(
    _ name: String, layer: Int, _ configuration: TransformerConfiguration,
    in parameters: ParameterSet
  ) -> any ModelBlock {
    DenseBlock(name, configuration, in: parameters)
  }
}

/// Pre-norm attention and feed-forward, each added to the residual.
public struct DenseBlock: ModelBlock {
  private let attentionNorm: Norm
  private let attention: SelfAttention
  private let feedForwardNorm: Norm
  private let feedForward: FeedForward

  public init(
    _ name: String, _ configuration: TransformerConfiguration, in parameters: ParameterSet
  ) {
    attentionNorm = Norm("\(name).attentionNorm", configuration, in: parameters)
    attention = SelfAttention("\(name).attention", configuration, in: parameters)
    feedForwardNorm = Norm("\(name).feedForwardNorm", configuration, in: parameters)
    feedForward = FeedForward("\(name).feedForward", configuration, in: parameters)
  }

  public func callAsFunction(_ x: Variable, _ pass: ForwardPass, layer: Int) -> Variable {
    let mixed = attention(attentionNorm(x, pass.tape), residual: x, pass, layer: layer)
    return feedForward(
      feedForwardNorm(mixed, pass.tape), residual: mixed, pass, layer: layer)
  }
}
