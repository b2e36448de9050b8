import Autograd
import TensorCore

/// The state that all layers of one forward pass share: tape, sizes, position tables, cache.
public struct ForwardPass {
  /// Called in each layer with the packed heads after their rotation. Attention maps use it.
  typealias Observer = (_ layer: Int, _ packed: Variable, _ problem: AttentionProblem) -> Void

  /// Unowned, because closures on the tape hold the pass. A strong reference would form a cycle,
  /// and a tape that is dropped before its backward pass would keep all activations alive. The
  /// caller of the layers holds the tape.
  public unowned internal(set) var tape: Tape
  public let configuration: TransformerConfiguration
  /// Sequences in this pass.
  public let batchCount: Int
  /// Tokens per sequence in this pass.
  public internal(set) var length: Int
  /// Tokens already in the cache: the position of this pass's first token.
  let firstPosition: Int
  let rotation: RotationTable?
  /// ALiBi's slope per head.
  let slopes: [Float]?
  /// The block list of each layer; empty after a router has left out tokens.
  var blocks: [BlockList?]
  let cache: KeyValueCache?
  let observer: Observer?
  /// Computes attention in place of the backend's kernels; nil in the usual case.
  let attentionFunction: (any AttentionFunction)?
  /// The settings of the training step; nil in inference.
  public internal(set) var training: TrainingPass?

  /// The same pass recorded on another tape, for layers that are recomputed.
  func recorded(on tape: Tape) -> ForwardPass {
    var copy = self
    copy.tape = tape
    return copy
  }

  /// The mask of one dropout site in this step; nil without dropout.
  func dropoutMask(site: Int) -> DropoutMask? {
    guard let training, configuration.dropout > 0 else { return nil }
    return DropoutMask(
      rate: configuration.dropout, seed: training.dropoutSeed, step: training.step, site: site)
  }
}

/// The arguments of a layer besides its input: the forward pass and the layer's index.
public struct LayerContext {
  public internal(set) var pass: ForwardPass
  /// The index of the layer, from 0.
  public let layer: Int

  init(_ pass: ForwardPass, layer: Int) {
    self.pass = pass
    self.layer = layer
  }

  public var tape: Tape { pass.tape }
  public var configuration: TransformerConfiguration { pass.configuration }
  public var batchCount: Int { pass.batchCount }
  /// Tokens per sequence in this pass.
  public var length: Int { pass.length }
  /// The settings of the training step; nil in inference.
  public var training: TrainingPass? { pass.training }

  /// This layer's attention: its pattern, whether it uses positions, the scale of its scores.
  var attention: LayerAttention { configuration.pattern.layer(layer) }
  /// The rotation of this layer's queries and keys; nil if they are not rotated.
  var rotation: RotationTable? { attention.usesPositions ? pass.rotation : nil }
  /// The slopes of this layer's heads; nil if scores have no bias.
  var slopes: [Float]? { attention.usesPositions ? pass.slopes : nil }
  /// The block list of this layer's pattern; nil if it keeps all blocks.
  var blocks: BlockList? { pass.blocks.isEmpty ? nil : pass.blocks[layer] }

  func dropoutMask(_ site: DropoutSite) -> DropoutMask? {
    pass.dropoutMask(site: site.number(inLayer: layer))
  }

  /// A copy for sequences of which a router has selected `length` tokens each, in their order.
  ///
  /// - Precondition: the heads are not rotated, because a token's index among the selected ones is
  ///   not its position; there is no cache.
  public func routed(length: Int) -> LayerContext {
    precondition(
      pass.rotation == nil && pass.cache == nil,
      """
      routing: a block sees only some of the tokens, so rotary positions and a cache would be \
      wrong; use positions that are added to the embedding
      """)
    var copy = self
    copy.pass.length = length
    copy.pass.blocks = []
    return copy
  }
}
