import Autograd
import TensorCore

/// What the layers of one pass share: where the tokens stand, which keys they see, who watches.
struct ForwardPass {
  /// Called in each layer with the packed, turned heads: how attention maps are made.
  typealias Observer = (_ layer: Int, _ packed: Variable, _ problem: AttentionProblem) -> Void

  /// Unowned, since closures on the tape hold the pass: a tape that is dropped before its backward
  /// pass would else keep itself alive, and all activations with it. Whoever runs layers holds it.
  unowned var tape: Tape
  let configuration: TransformerConfiguration
  let batchCount: Int
  let length: Int
  /// Tokens already in the cache.
  let firstPosition: Int
  let rotation: RotationTable?
  let blocks: BlockList?
  let cache: KeyValueCache?
  let observer: Observer?
  /// Nil where the model only reads.
  var training: TrainingPass?

  /// - Precondition: without causality there is no cache, since later tokens change what earlier
  ///   ones became.
  var problem: AttentionProblem {
    let keyLength = firstPosition + length
    precondition(
      configuration.pattern.isCausal || cache == nil,
      "attention: the pattern '\(configuration.pattern.identity)' looks ahead and has no cache")
    return AttentionProblem(
      batchCount: batchCount, queryLength: length, keyLength: keyLength,
      headCount: configuration.headCount, kvHeadCount: configuration.kvHeadCount,
      headDim: configuration.headDim, isCausal: configuration.pattern.isCausal,
      window: configuration.pattern.window,
      slopes: configuration.positions.scoreSlopes(headCount: configuration.headCount),
      blocks: blocks)
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

  /// Queries and keys turned by their positions, where the scheme does so.
  func turned(_ packed: Variable) -> Variable {
    guard let rotation else { return packed }
    return tape.rotate(
      packed, by: rotation, turnedHeads: configuration.headCount + configuration.kvHeadCount,
      headDim: configuration.headDim, firstPosition: firstPosition)
  }
}
