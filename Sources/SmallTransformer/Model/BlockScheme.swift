import Autograd
import TensorCore

/// The kind of a model's layers: dense, or with conditional computation (routing).
///
/// A scheme creates the whole layer, not only its feed-forward part, because a router may skip
/// attention too.
public protocol BlockScheme: Sendable {
  /// Every setting in one line: trained models are cached under it.
  var identity: String { get }
  /// Creates one layer with its weights, whose names begin with `name`.
  func block(
    _ name: String, layer: Int, _ configuration: TransformerConfiguration,
    in parameters: ParameterSet
  ) -> any ModelBlock
}

/// One layer: `[batch, seq, modelDim]` to the same shape.
public protocol ModelBlock {
  func callAsFunction(_ x: Variable, _ context: LayerContext) -> Variable
  /// Puts the layer's keys and values into the pass's cache. A layer that cannot do only this runs as
  /// a whole.
  func fillCache(_ x: Variable, _ context: LayerContext)
}

extension ModelBlock {
  public func fillCache(_ x: Variable, _ context: LayerContext) { _ = self(x, context) }
}

/// Every layer is a `DenseBlock`.
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

/// A pre-norm transformer block: attention and feed-forward, each added to the residual stream.
///
///     h = x + attention(norm(x))
///     y = h + feedForward(norm(h))
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

  /// Shapes: x, h and the result `[batch, seq, modelDim]`.
  public func callAsFunction(_ x: Variable, _ context: LayerContext) -> Variable {
    let h = x + attention(attentionNorm(x, context.tape), context)
    return h + feedForward(feedForwardNorm(h, context.tape), context)
  }

  public func fillCache(_ x: Variable, _ context: LayerContext) {
    attention.fillCache(attentionNorm(x, context.tape), context)
  }
}

/// The result of attention or feed-forward before its last projection: `dropout(projection(x))`.
///
/// `residual + branch` runs projection and sum in one kernel, so that the projection's result needs
/// no separate tensor. With dropout, the sum is part of the dropout kernel instead.
struct ResidualBranch {
  private let x: Variable
  private let projection: Projection
  private let mask: DropoutMask?
  private let tape: Tape

  init(_ x: Variable, _ projection: Projection, _ site: DropoutSite, _ context: LayerContext) {
    self.x = x
    self.projection = projection
    mask = context.dropoutMask(site)
    tape = context.tape
  }

  /// `residual + dropout(projection(x))`, of the residual's shape.
  static func + (residual: Variable, branch: ResidualBranch) -> Variable {
    let (x, projection, tape) = (branch.x, branch.projection, branch.tape)
    guard let mask = branch.mask else { return projection(x, residual: residual, tape) }
    return tape.dropout(projection(x, tape), mask, residual: residual)
  }
}
