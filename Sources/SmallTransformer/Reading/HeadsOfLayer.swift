import Autograd
import TensorCore

extension Transformer {
  /// The queries, keys and values of one layer over a text, turned by their positions: what a
  /// picture of attention at any length is made from.
  ///
  /// - Returns: views into one tensor `[1, seq, (heads + 2·kvHeads) · headDim]`, which they keep
  ///   alive, and the attention call that the layer makes with them.
  /// - Complexity: one forward pass; memory linear in the length.
  /// - Precondition: the layer exists and there is a token.
  public func heads(
    of tokens: [Int32], layer wanted: Int, layerBegan: @escaping (Int) -> Void = { _ in }
  ) -> (views: PackedHeads, problem: AttentionProblem) {
    read(tokens, keepingHeadsOf: wanted, layerBegan: layerBegan).heads
  }

  /// The logits of a text and, of the same pass, the heads of one layer.
  ///
  /// With a cache the text follows what it holds, and is added to it; the keys are those of this text
  /// alone.
  public func read(
    _ tokens: [Int32], keepingHeadsOf wanted: Int, cache: KeyValueCache? = nil,
    layerBegan: @escaping (Int) -> Void = { _ in }
  ) -> (logits: Tensor, heads: (views: PackedHeads, problem: AttentionProblem)) {
    precondition(
      (0..<configuration.layerCount).contains(wanted),
      "heads: layer \(wanted) of \(configuration.layerCount)")
    precondition(!tokens.isEmpty, "heads: an empty text")
    var found: (PackedHeads, AttentionProblem)?
    let tape = Tape(backend, isRecording: false)
    let logits = logits(tokens, batch: 1, tape: tape, cache: cache) { layer, packed, problem in
      layerBegan(layer)
      if layer == wanted { found = (PackedHeads(packed.value, problem), problem) }
    }
    guard let found else { preconditionFailure("heads: layer \(wanted) did not run") }
    return (logits.value, found)
  }
}
