import Autograd
import TensorCore

extension Transformer {
  /// The attention probabilities of one layer over a text: what each head looks at.
  ///
  /// - Returns: for each head a row-major `[seq, seq]` matrix, query by key; each row sums to one.
  /// - Complexity: one forward pass, and memory for heads × seq² probabilities.
  /// - Precondition: the layer exists.
  public func attentionMaps(_ tokens: [Int32], layer wanted: Int) -> [[Float]] {
    precondition(
      (0..<configuration.layerCount).contains(wanted),
      "attention map: layer \(wanted) of \(configuration.layerCount)")
    var maps: [[Float]] = []
    let tape = Tape(backend, isRecording: false)
    _ = logits(tokens, batch: 1, tape: tape, cache: nil) { [backend] layer, packed, problem in
      guard layer == wanted else { return }
      let views = PackedHeads(packed.value, problem)
      let length = problem.queryLength
      let map = backend.empty([problem.headCount, length, length], .workspace)
      backend.attentionMap(queries: views.queries, keys: views.keys, into: map, problem)
      maps = (0..<problem.headCount).map { backend.read(map.slice($0..<$0 + 1)) }
    }
    return maps
  }
}
