import Autograd
import TensorCore

extension Transformer {
  /// The attention probabilities of one layer over a text.
  ///
  /// - Returns: for each head a row-major `[seq, seq]` matrix, query by key; each row sums to one.
  /// - Complexity: one forward pass; memory for heads × seq² probabilities.
  /// - Precondition: the layer exists, and the text has a token.
  public func attentionMaps(_ tokens: [Int32], layer: Int) -> [[Float]] {
    let (views, problem) = heads(of: tokens, layer: layer)
    let length = problem.queryLength
    let map = backend.empty([problem.headCount, length, length], .workspace)
    backend.attentionMap(queries: views.queries, keys: views.keys, into: map, problem)
    return (0..<problem.headCount).map { backend.read(map.slice($0..<$0 + 1)) }
  }

  /// The queries, keys and values of one layer over a text, after their rotation. `PooledAttention`
  /// makes maps of any length from them.
  ///
  /// - Returns: views into one tensor `[1, seq, (heads + 2·kvHeads) · headDim]`, which they keep
  ///   alive, and the attention problem of the layer.
  /// - Complexity: one forward pass; memory linear in the length.
  /// - Precondition: the layer exists, and the text has a token.
  public func heads(
    of tokens: [Int32], layer: Int, onLayer: @escaping (Int) -> Void = { _ in }
  ) -> (views: PackedHeads, problem: AttentionProblem) {
    logitsAndHeads(of: tokens, layer: layer, onLayer: onLayer).heads
  }

  /// The logits `[1, seq, vocabulary]` of a text and, from the same pass, the heads of one layer.
  ///
  /// With a cache, the text continues the cached tokens and is appended to them; the returned keys
  /// are those of this text only. `onLayer` is called in each layer after its attention.
  public func logitsAndHeads(
    of tokens: [Int32], layer wanted: Int, cache: KeyValueCache? = nil,
    onLayer: @escaping (Int) -> Void = { _ in }
  ) -> (logits: Tensor, heads: (views: PackedHeads, problem: AttentionProblem)) {
    precondition(
      (0..<configuration.layerCount).contains(wanted),
      "heads: there is no layer \(wanted); the model has \(configuration.layerCount) layers")
    precondition(!tokens.isEmpty, "heads: the text is empty")
    var found: (PackedHeads, AttentionProblem)?
    let tape = Tape(backend, isRecording: false)
    let logits = logits(tokens, batch: 1, tape: tape, cache: cache) { layer, packed, problem in
      onLayer(layer)
      if layer == wanted { found = (PackedHeads(packed.value, problem), problem) }
    }
    guard let found else { preconditionFailure("heads: layer \(wanted) did not run attention") }
    return (logits.value, found)
  }
}

extension HeadView {
  /// The first tokens of a packed tensor, `[head][token][element]`. Only these tokens are read.
  /// - Precondition: the tensor is `[1, seq, width]` and has that many tokens and heads.
  package func rows(
    length: Int, headCount: Int, headDim: Int, on backend: any Backend
  ) -> [[[Float]]] {
    let shape = tensor.shape
    precondition(
      shape.rank == 3 && shape[0] == 1 && shape[2] == seqStride,
      "rows of heads: \(shape) is not the packed tensor of one sequence")
    let elements = backend.read(tensor.reshaped([shape[1], shape[2]]).slice(0..<length))
    return (0..<headCount).map { head in
      (0..<length).map { token in
        let start = offset + token * seqStride + head * headStride
        return Array(elements[start..<start + headDim])
      }
    }
  }
}
