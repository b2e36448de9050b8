@testable import struct Learner.Gradients
@testable import struct Learner.Head
@testable import func Learner.attentionGradients

/// One head after the forward pass, and the gradient for its output.
struct BackwardHead: Decodable {
  let queries: [[Float]]
  let keys: [[Float]]
  let values: [[Float]]
  let output: [[Float]]
  let logSumExp: [Float]
  let outputGradient: [[Float]]
}

/// The gradients for queries, keys and values.
func answer(_ head: BackwardHead) -> [[[Float]]] {
  let found = attentionGradients(
    of: Head(
      queries: head.queries, keys: head.keys, values: head.values, output: head.output,
      logSumExp: head.logSumExp), outputGradient: head.outputGradient)
  return [found.queries, found.keys, found.values]
}
