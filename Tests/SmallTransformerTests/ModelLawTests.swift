import Autograd
import CPUBackend
import Foundation
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// Laws of any decoder, whatever its weights.
@Suite struct ModelLawTests {
  static let schemes: [any PositionScheme] = [
    Sinusoidal(), Learned(positionCount: 64), Rotary(), Rotary(pairing: .interleaved), ALiBi(),
    NoPositions(),
  ]

  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 2) }

  private func model(
    _ positions: any PositionScheme, kvHeads: Int = 4, pattern: any AttentionPattern = Causal()
  ) -> Transformer {
    smallLlama(positions, kvHeads: kvHeads, pattern: pattern, on: backend)
  }

  @Test(arguments: schemes.indices)
  func laterTokensDoNotChangeEarlierLogits(scheme: Int) {
    let model = model(Self.schemes[scheme])
    var text = testTokens(20)
    let before = logits(model, text)
    text[13] = (text[13] + 1) % 40
    let after = logits(model, text)
    #expect(before.prefix(13 * 40) == after.prefix(13 * 40))
    #expect(before.suffix(7 * 40) != after.suffix(7 * 40))
  }

  @Test(arguments: schemes.indices, [4, 2, 1])
  func prefillEqualsTokenByToken(scheme: Int, kvHeads: Int) {
    let model = model(Self.schemes[scheme], kvHeads: kvHeads)
    let text = testTokens(19)
    let cache = KeyValueCache(for: model.configuration, capacity: 19, on: backend)
    // A prompt of 7 tokens, then one at a time.
    var parts = logits(model, Array(text.prefix(7)), cache: cache)
    for token in text.dropFirst(7) { parts += logits(model, [token], cache: cache) }
    let found = difference(parts, logits(model, text), .model)
    #expect(found.isWithin, "\(found)")
    #expect(cache.length == 19)
  }

  @Test func windowOfTheWholeTextEqualsNoWindow() {
    let text = testTokens(20)
    #expect(
      logits(model(ALiBi()), text) == logits(model(ALiBi(), pattern: SlidingWindow(20)), text))
    #expect(
      logits(model(ALiBi()), text) != logits(model(ALiBi(), pattern: SlidingWindow(3)), text))
  }

  @Test func windowReachesLayersTimesLengthMinusOne() {
    // Two layers with a window of 4 reach 2 · 3 = 6 tokens back, and no further.
    let model = model(NoPositions(), pattern: SlidingWindow(4))
    var text = testTokens(20)
    let before = logits(model, text).suffix(40)
    text[19 - 7] = (text[19 - 7] + 1) % 40
    #expect(logits(model, text).suffix(40) == before)
    text[19 - 6] = (text[19 - 6] + 1) % 40
    #expect(logits(model, text).suffix(40) != before)
  }

  @Test func attentionMapsAreCausalAndRowsSumToOne() {
    for head in model(Rotary()).attentionMaps(testTokens(12), layer: 1) {
      for row in 0..<12 {
        let probabilities = head[row * 12..<(row + 1) * 12]
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
        #expect(probabilities.suffix(11 - row).allSatisfy { $0 == 0 })
      }
    }
  }

  @Test func sharedHeadsEqualRepeatedHeads() throws {
    let shared = model(Rotary(), kvHeads: 1)
    let full = model(Rotary(), kvHeads: 4)
    for parameter in full.parameters.all {
      guard let source = shared.parameters[parameter.name], source.shape == parameter.shape else {
        continue
      }
      backend.copy(source.value, into: parameter.value)
    }
    for layer in 0..<2 {
      let name = "blocks.\(layer).attention.qkv.weight"
      let source = try #require(shared.parameters[name])
      let target = try #require(full.parameters[name])
      let rows = backend.read(source.value)
      // Columns: 4 query heads, then one key and one value head of 8, to be repeated 4 times.
      let repeated = (0..<32).flatMap { row -> [Float] in
        let r = Array(rows[row * 48..<(row + 1) * 48])
        let (queries, key, value) = (Array(r[0..<32]), Array(r[32..<40]), Array(r[40..<48]))
        return queries + key + key + key + key + value + value + value + value
      }
      backend.write(repeated, to: target.value)
    }
    let text = testTokens(15)
    let found = difference(logits(full, text), logits(shared, text), .model)
    #expect(found.isWithin, "\(found)")
  }

  @Test(arguments: [1, 2, 3])
  func trainingIsBitwiseReproducible(threads: Int) throws {
    func losses() throws -> [Double] {
      let backend = try CPUBackend(threadCount: threads)
      let model = Transformer(
        .gpt(vocabularyCount: 40, modelDim: 32, layerCount: 2, headCount: 4), on: backend, seed: 3)
      let schedule = TrainingSchedule(
        batchCount: 3, length: 17, stepCount: 5, peakLearningRate: 1e-2)
      let text = testTokens(3 * 17 + 1)
      return try Trainer(model, schedule).run {
        (Array(text.dropLast()), Array(text.dropFirst()))
      }
    }
    #expect(try losses() == losses())
  }

  @Test func generationFollowsTheSeedUnlessGreedy() {
    let model = model(ALiBi())
    let prompt = testTokens(6)
    let greedy = model.generate(after: prompt, count: 8)
    #expect(greedy.count == 8)
    #expect(model.generate(after: prompt, count: 8, seed: 99) == greedy)
    let warm = Sampling.random(temperature: 2, top: 20)
    let first = model.generate(after: prompt, count: 12, sampling: warm, seed: 1)
    #expect(model.generate(after: prompt, count: 12, sampling: warm, seed: 1) == first)
    #expect(model.generate(after: prompt, count: 12, sampling: warm, seed: 2) != first)
    // Greedy sampling takes the most likely token at each step, as computed without a cache.
    var text = prompt
    for token in greedy {
      let last = logits(model, text).suffix(40)
      let top = last.max()
      #expect(last[last.startIndex + Int(token)] == top)
      text.append(token)
    }
  }

  @Test func savedWeightsLoadBitwiseEqual() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("weights-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let saved = model(Rotary())
    try saved.saveWeights(to: url, metadata: ["note": "kept"])
    let other = Transformer(saved.configuration, on: backend, seed: 12)
    #expect(logits(other, testTokens(9)) != logits(saved, testTokens(9)))
    #expect(try other.loadWeights(from: url)["note"] == "kept")
    #expect(logits(other, testTokens(9)) == logits(saved, testTokens(9)))

    let narrow = Transformer(
      .llama(vocabularyCount: 40, modelDim: 16, layerCount: 2, headCount: 4), on: backend, seed: 1)
    #expect(throws: WeightsError.self) { try narrow.loadWeights(from: url) }
  }
}
