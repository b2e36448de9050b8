import Autograd
import TensorCore

/// What the layers of one pass share: where the tokens stand, which keys they see, who watches.
public struct ForwardPass {
  /// Called in each layer with the packed, turned heads: how attention maps are made.
  typealias Observer = (_ layer: Int, _ packed: Variable, _ problem: AttentionProblem) -> Void

  /// Unowned, since closures on the tape hold the pass: a tape that is dropped before its backward
  /// pass would else keep itself alive, and all activations with it. Whoever runs layers holds it.
  public unowned internal(set) var tape: Tape
  public let configuration: TransformerConfiguration
  public let batchCount: Int
  public internal(set) var length: Int
  /// Tokens already in the cache.
  let firstPosition: Int
  let rotation: RotationTable?
  /// The block list of each layer; empty where tokens have been left out.
  var blocks: [BlockList?]
  let cache: KeyValueCache?
  let observer: Observer?
  /// Nil where the model only reads.
  public internal(set) var training: TrainingPass?

  /// The attention call of a layer.
  ///
  /// - Precondition: without causality there is no cache, since later tokens change what earlier
  ///   ones became.
  public func problem(layer: Int) -> AttentionProblem {
    let own = configuration.pattern.layer(layer)
    precondition(
      own.pattern.isCausal || cache == nil,
      "attention: the pattern '\(own.pattern.identity)' looks ahead and has no cache")
    return AttentionProblem(
      batchCount: batchCount, queryLength: length, keyLength: firstPosition + length,
      headCount: configuration.headCount, kvHeadCount: configuration.kvHeadCount,
      headDim: configuration.headDim,
      scale: own.scoreScale / Float(configuration.headDim).squareRoot(),
      isCausal: own.pattern.isCausal, window: own.pattern.window,
      slopes: own.usesPositions
        ? configuration.positions.scoreSlopes(headCount: configuration.headCount) : nil,
      blocks: blocks.isEmpty ? nil : blocks[layer])
  }

  /// The same for sequences of which only some tokens are left, in their order.
  ///
  /// - Precondition: positions do not turn the heads, since a token's place among those left is not
  ///   its place in the text; there is no cache.
  public func ofRoutedTokens(_ count: Int) -> ForwardPass {
    precondition(
      rotation == nil && cache == nil,
      "routing: tokens are left out, so positions must be in the embedding, and there is no cache")
    var copy = self
    copy.length = count
    copy.blocks = []
    return copy
  }

  /// The same on another tape: where layers are computed again.
  func on(_ tape: Tape) -> ForwardPass {
    var copy = self
    copy.tape = tape
    return copy
  }

  /// What this place drops in this step; nil where nothing is.
  func mask(_ site: DropoutSite) -> DropoutMask? {
    guard let training, configuration.dropout > 0 else { return nil }
    return DropoutMask(
      rate: configuration.dropout, seed: training.dropoutSeed, step: training.step,
      site: site.number)
  }

  /// `residual + dropout(projection(x))`
  func add(_ projection: Projection, of x: Variable, to residual: Variable, _ site: DropoutSite)
    -> Variable
  {
    guard let mask = mask(site) else { return projection(x, residual: residual, tape) }
    return tape.dropout(projection(x, tape), mask, residual: residual)
  }

  /// The angles by which a layer's heads are turned; nil where they are not.
  func rotation(layer: Int) -> RotationTable? {
    configuration.pattern.layer(layer).usesPositions ? rotation : nil
  }

  /// Queries and keys turned by their positions, where scheme and layer do so.
  func turned(_ packed: Variable, layer: Int) -> Variable {
    guard let rotation = rotation(layer: layer) else { return packed }
    return tape.rotate(
      packed, by: rotation, rotatedHeads: configuration.headCount + configuration.kvHeadCount,
      headDim: configuration.headDim, firstPosition: firstPosition)
  }
}
