import TensorCore

extension Transformer {
  /// The attention probabilities of one layer over a text: what each head looks at.
  ///
  /// - Returns: for each head a row-major `[seq, seq]` matrix, query by key; each row sums to one.
  /// - Complexity: one forward pass, and memory for heads × seq² probabilities.
  /// - Precondition: the layer exists and there is a token.
  public func attentionMaps(_ tokens: [Int32], layer: Int) -> [[Float]] {
    let (views, problem) = heads(of: tokens, layer: layer)
    let length = problem.queryLength
    let map = backend.empty([problem.headCount, length, length], .workspace)
    backend.attentionMap(queries: views.queries, keys: views.keys, into: map, problem)
    return (0..<problem.headCount).map { backend.read(map.slice($0..<$0 + 1)) }
  }
}
