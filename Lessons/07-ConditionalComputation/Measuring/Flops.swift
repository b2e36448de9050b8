import Autograd
import SmallTransformer
import TensorCore

/// FLOPs of one forward pass per token, counted by the engine. A multiply-add is 2 FLOPs.
package func flopsPerToken(
  _ configuration: TransformerConfiguration, length: Int, on backend: any Backend
) -> Double {
  let counting = CountingBackend(backend)
  let model = Transformer(configuration, on: counting, seed: 1)
  let tokens = (0..<length).map { Int32($0 * 7 % configuration.vocabularyCount) }
  let (_, counted) = counting.flops.scope {
    model.logits(tokens, batch: 1, tape: Tape(counting, isRecording: false))
  }
  return counted.multiplyAddFlops / Double(length)
}
