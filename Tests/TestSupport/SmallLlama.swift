import Autograd
import SmallTransformer
import TensorCore

/// A Llama with random weights, the same in every test: 40 tokens, 2 layers, 4 heads of 8 channels.
public func smallLlama(
  _ positions: any PositionScheme, kvHeads: Int, pattern: any AttentionPattern,
  on backend: any Backend
) -> Transformer {
  var configuration = TransformerConfiguration.llama(
    vocabularyCount: 40, modelDim: 32, layerCount: 2, headCount: 4, kvHeadCount: kvHeads,
    positions: positions)
  configuration.pattern = pattern
  return Transformer(configuration, on: backend, seed: 11)
}

/// Random tokens, the same for the same arguments.
public func testTokens(_ count: Int, vocabularyCount: Int = 40) -> [Int32] {
  var generator = SeededGenerator(seed: 5, stream: "tokens")
  return (0..<count).map { _ in Int32(generator.integer(below: vocabularyCount)) }
}

/// The logits of one sequence, `[tokens, vocabulary]` in row-major order.
public func logits(
  _ model: Transformer, _ tokens: [Int32], cache: KeyValueCache? = nil
) -> [Float] {
  let tape = Tape(model.backend, isRecording: false)
  return model.backend.read(model.logits(tokens, batch: 1, tape: tape, cache: cache).value)
}
