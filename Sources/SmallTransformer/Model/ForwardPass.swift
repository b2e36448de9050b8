import Autograd
import TensorCore

/// What the layers of one pass share: where the tokens stand, which keys they see, who watches.
struct ForwardPass {
  /// Called in each layer with the packed, turned heads: how attention maps are made.
  typealias Observer = (_ layer: Int, _ packed: Variable, _ problem: AttentionProblem) -> Void

  let tape: Tape
  let configuration: TransformerConfiguration
  let batchCount: Int
  let length: Int
  /// Tokens already in the cache.
  let firstPosition: Int
  let rotation: RotationTable?
  let blocks: BlockList?
  let cache: KeyValueCache?
  let observer: Observer?

  var problem: AttentionProblem {
    let keyLength = firstPosition + length
    return AttentionProblem(
      batchCount: batchCount, queryLength: length, keyLength: keyLength,
      headCount: configuration.headCount, kvHeadCount: configuration.kvHeadCount,
      headDim: configuration.headDim, isCausal: true, window: configuration.pattern.window,
      slopes: configuration.positions.scoreSlopes(headCount: configuration.headCount),
      blocks: blocks)
  }

  /// Queries and keys turned by their positions, where the scheme does so.
  func turned(_ packed: Variable) -> Variable {
    guard let rotation else { return packed }
    return tape.rotate(
      packed, by: rotation, turnedHeads: configuration.headCount + configuration.kvHeadCount,
      headDim: configuration.headDim, firstPosition: firstPosition)
  }
}
