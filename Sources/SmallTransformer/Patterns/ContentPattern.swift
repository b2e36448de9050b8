import Autograd
import TensorCore

/// A pattern whose blocks depend on what the tokens contain: it chooses them from the queries and
/// keys of each layer, in inference.
///
/// It needs one text at a time and no cache, because all heads and sequences of a problem share one
/// block list.
public protocol ContentPattern: AttentionPattern {
  /// The blocks that attention computes. The heads are those of one sequence, after their rotation;
  /// the problem is that of the layer: causal, without blocks.
  func blocks(
    of heads: PackedHeads, _ problem: AttentionProblem, on backend: any Backend
  ) -> BlockList
}
