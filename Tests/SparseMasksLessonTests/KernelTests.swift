import Autograd
import CPUBackend
import SmallTransformer
import SparseMasksLesson
import TensorCore
import TestSupport
import Testing

/// Patterns in a model: kernels, caches and gradients.
@Suite("Patterns in the model")
struct KernelTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 2) }

  private func model(
    _ pattern: any AttentionPattern, positions: any PositionScheme = Rotary()
  ) -> Transformer {
    smallLlama(positions, kvHeads: 2, pattern: pattern, on: backend)
  }

  @Test("attention equals the reference", arguments: DefinedPattern.patterns.indices)
  func reference(index: Int) {
    let pattern = DefinedPattern.patterns[index]
    for length in [1, 17, 64, 131] {
      let (dim, packedValues) = (8, testValues(length * 24, "packed"))
      let problem = AttentionProblem(
        batchCount: 1, queryLength: length, keyLength: length, headCount: 1, headDim: dim,
        window: pattern.window, blocks: pattern.blocks(length: length))
      let packed = Variable(backend.tensor(packedValues, [1, length, 24], .workspace))
      let found = backend.read(Tape(backend, isRecording: false).attention(packed, problem).value)
      func part(_ which: Int) -> [Float] {
        (0..<length).flatMap { (token: Int) -> ArraySlice<Float> in
          let start = token * 24 + which * dim
          return packedValues[start..<start + dim]
        }
      }
      // The pattern itself says which pairs are kept, not the list of blocks that the kernel reads.
      let map = ReferenceAttention.probabilities(queries: part(0), keys: part(1), problem) {
        $1 <= $0 && pattern.sees(query: $0, key: $1)
      }.map
      let expected = ReferenceAttention.output(map: map, values: part(2), problem)
      let compared = difference(found, expected.map(Float.init), .sums)
      #expect(compared.isWithin, "\(pattern.name), length \(length): \(compared)")
    }
  }

  @Test("masks that cut nothing are full attention")
  func fullMasks() {
    let text = testTokens(150)
    let full = logits(model(Causal()), text)
    for pattern in [
      Strided(1), Fixed(200, summary: 1), SinksAndWindow(sinks: 4, window: 150),
      DilatedWindow(150, dilation: 1), GlobalTokens(window: 150, at: [3]),
      RandomBlocks(10, blockSize: 16, seed: 1),
    ] as [any SparsePattern] {
      let compared = difference(logits(model(pattern), text), full, .model)
      #expect(compared.isWithin, "\(pattern.name): \(compared)")
    }
    #expect(!difference(logits(model(Strided(30)), text), full, .model).isWithin)
  }

  @Test("prefill equals decoding token by token", arguments: DefinedPattern.patterns.indices)
  func tokenByToken(index: Int) {
    let model = model(DefinedPattern.patterns[index])
    let text = testTokens(90)
    let cache = KeyValueCache(for: model.configuration, capacity: 90, on: backend)
    var parts = logits(model, Array(text.prefix(50)), cache: cache)
    for token in text.dropFirst(50) { parts += logits(model, [token], cache: cache) }
    let compared = difference(parts, logits(model, text), .model)
    #expect(compared.isWithin, "\(DefinedPattern.patterns[index].name): \(compared)")
  }

  @Test("gradients through a cut mask agree with finite differences")
  func gradients() throws {
    let model = model(Strided(9))
    let text = testTokens(41)
    // The initial weights are so small that attention is nearly uniform.
    for parameter in model.parameters.all where parameter.value.shape.rank == 2 {
      backend.write(
        testValues(parameter.value.count, parameter.name, scale: 0.3), to: parameter.value)
    }
    let worst = worstGradientDifference(of: model.parameters.all, on: backend) { tape in
      model.loss(Array(text.dropLast()), targets: Array(text.dropFirst()), batch: 1, tape: tape)
    }
    let found = try #require(worst)
    #expect(found.relative < Tolerance.finiteDifference.relative, "\(found)")
  }

  @Test("before it drops a token, a streaming cache equals no cache")
  func streamingBeforeEviction() {
    let model = model(Causal())
    let text = testTokens(20)
    let cache = StreamingCache(for: model.configuration, sinks: 4, window: 16, on: backend)
    let parts = text.flatMap { logits(model, [$0], cache: cache) }
    let compared = difference(parts, logits(model, text), .model)
    #expect(compared.isWithin, "\(compared)")
  }

  @Test("without sinks a streaming cache equals a sliding window", arguments: [1, 7])
  func streamingWindow(window: Int) {
    let text = testTokens(40)
    let streamed = model(Causal())
    let cache = StreamingCache(for: streamed.configuration, sinks: 0, window: window, on: backend)
    let parts = text.flatMap { logits(streamed, [$0], cache: cache) }
    let compared = difference(parts, logits(model(SlidingWindow(window)), text), .model)
    #expect(compared.isWithin, "\(compared)")
  }

  @Test("without positions a streaming cache with sinks equals the mask of sinks and window")
  func streamingSinks() {
    let text = testTokens(40)
    let streamed = model(Causal(), positions: NoPositions())
    let cache = StreamingCache(for: streamed.configuration, sinks: 3, window: 6, on: backend)
    let parts = text.flatMap { logits(streamed, [$0], cache: cache) }
    let masked = model(SinksAndWindow(sinks: 3, window: 6), positions: NoPositions())
    let compared = difference(parts, logits(masked, text), .model)
    #expect(compared.isWithin, "\(compared)")
  }

  @Test("one layer: the same sinks and last tokens give the same logits, whatever was dropped")
  func placesInTheCache() {
    var configuration = streamConfiguration
    configuration.layerCount = 1
    let model = Transformer(configuration, on: backend, seed: 4)
    let text = testTokens(60)
    func last(_ middle: Int) -> [Float] {
      let cache = StreamingCache(for: configuration, sinks: 2, window: 8, on: backend)
      let stream = text.prefix(2) + text.dropFirst(10).prefix(middle) + text.suffix(9)
      return stream.reduce(into: []) { $0 = logits(model, [$1], cache: cache) }
    }
    // Both caches end with the same two sinks and the same eight tokens at the same positions.
    let compared = difference(last(5), last(37), .model)
    #expect(compared.isWithin, "\(compared)")
  }

  private var streamConfiguration: TransformerConfiguration {
    .llama(vocabularyCount: 40, modelDim: 32, layerCount: 2, headCount: 4, kvHeadCount: 2)
  }
}
