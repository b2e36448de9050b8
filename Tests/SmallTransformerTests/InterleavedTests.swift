import Autograd
import CPUBackend
import SmallTransformer
import TensorCore
import Testing

@Suite struct InterleavedTests {
  private let tokens = (0..<70).map { Int32($0 * 37 % 256) }

  private func model(
    _ pattern: any AttentionPattern, positions: any PositionScheme = Rotary(), layers: Int = 4
  ) throws -> Transformer {
    var configuration = TransformerConfiguration.llama(
      modelDim: 32, layerCount: layers, headCount: 2, positions: positions)
    configuration.pattern = pattern
    return Transformer(configuration, on: try CPUBackend(threadCount: 2), seed: 3)
  }

  private func logits(_ model: Transformer, cache: KeyValueCache? = nil, at pieces: [Int] = [])
    -> [Float]
  {
    var (result, start) = ([Float](), 0)
    for length in pieces.isEmpty ? [tokens.count] : pieces {
      let tape = Tape(model.backend, isRecording: false)
      let part = Array(tokens[start..<start + length])
      result += model.backend.read(
        model.logits(part, batch: 1, tape: tape, cache: cache).value)
      start += length
    }
    return result
  }

  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test func globalLayersAreTheLastOfEachGroup() {
    let pattern = Interleaved(window: 8, period: 3)
    #expect((0..<7).map(pattern.isGlobal) == [false, false, true, false, false, true, false])
    #expect(pattern.layer(0).pattern.window == 8 && pattern.layer(0).usesPositions)
    #expect(pattern.layer(2).pattern.window == nil && !pattern.layer(2).usesPositions)
  }

  @Test func windowLongerThanTheTextIsCausal() throws {
    let wide = try model(
      Interleaved(window: 1000, period: 2, globalLayersUsePositions: true))
    #expect(difference(logits(wide), logits(try model(Causal()))) < 1e-5)
    let narrow = try model(Interleaved(window: 4, period: 2, globalLayersUsePositions: true))
    #expect(difference(logits(narrow), logits(try model(Causal()))) > 1e-3)
  }

  @Test func globalLayersWithoutPositionsEqualNoPositions() throws {
    let all = try model(Interleaved(window: 4, period: 1))
    let none = try model(Causal(), positions: NoPositions())
    #expect(difference(logits(all), logits(none)) < 1e-5)
  }

  @Test func prefillEqualsTokenByToken() throws {
    for positions in [Rotary(), ALiBi()] as [any PositionScheme] {
      let model = try model(
        Interleaved(window: 8, period: 2, scoreScale: 1.3), positions: positions)
      let cache = KeyValueCache(for: model.configuration, capacity: 70, on: model.backend)
      let pieces = [30] + [Int](repeating: 1, count: 40)
      #expect(difference(logits(model), logits(model, cache: cache, at: pieces)) < 1e-4)
    }
  }

  /// Rings of 8 tokens in every other layer: the prompt in chunks that are shorter and longer than a
  /// ring and end at any slot of it, then single tokens.
  @Test(
    arguments: [
      [70], [30] + [Int](repeating: 1, count: 40), [Int](repeating: 1, count: 70),
      [3, 4, 20, 1, 1, 8, 16, 17], [8, 8, 54], [5, 1, 64], [69, 1],
    ])
  func ringsGiveTheLogitsOfACacheOfAllTokens(pieces: [Int]) throws {
    for positions in [Rotary(), ALiBi(), NoPositions()] as [any PositionScheme] {
      let model = try model(Interleaved(window: 8, period: 2), positions: positions)
      let cache = HybridCache(for: model.configuration, capacity: 70, on: model.backend)
      #expect(
        difference(logits(model), logits(model, cache: cache, at: pieces)) < 1e-5,
        "\(positions.name), \(pieces)")
      // Two layers keep 8 tokens and two keep all 70: keys and values of 2 heads of 16.
      #expect(cache.byteCount == 2 * (2 * 8 + 2 * 70) * 32 * 4)
    }
  }

  @Test func ringsOfSeveralSequencesAndSharedHeads() throws {
    var configuration = TransformerConfiguration.llama(
      modelDim: 32, layerCount: 3, headCount: 4, kvHeadCount: 2)
    configuration.pattern = Interleaved(window: 5, period: 3, globalLayersUsePositions: true)
    let model = Transformer(configuration, on: try CPUBackend(threadCount: 2), seed: 4)
    let rows = (0..<2).map { row in (0..<24).map { Int32(($0 * 31 + row * 7) % 256) } }
    func logits(_ cache: KeyValueCache?, pieces: [Int]) -> [[Float]] {
      var start = 0
      return pieces.map { length in
        defer { start += length }
        return model.backend.read(
          model.logits(
            rows.flatMap { $0[start..<start + length] }, batch: 2,
            tape: Tape(model.backend, isRecording: false), cache: cache
          ).value)
      }
    }
    let pieces = [9, 1, 1, 6, 7]
    let ring = HybridCache(for: configuration, batch: 2, capacity: 24, on: model.backend)
    let all = KeyValueCache(for: configuration, batch: 2, capacity: 24, on: model.backend)
    for (a, b) in zip(logits(ring, pieces: pieces), logits(all, pieces: pieces)) {
      #expect(difference(a, b) < 1e-5)
    }
    #expect(ring.byteCount * 72 == all.byteCount * 34)
  }

  /// A prefill leaves the same cache as a pass that computes logits: what follows is the same.
  @Test func aPrefillFillsTheCache() throws {
    let model = try model(Interleaved(window: 8, period: 2), positions: Rotary())
    func rest(_ cache: KeyValueCache) -> [Float] {
      model.prefill(Array(tokens[..<20]), into: cache)
      model.prefill(Array(tokens[20..<61]), into: cache)
      model.prefill([], into: cache)
      #expect(cache.length == 61)
      let tape = Tape(model.backend, isRecording: false)
      return model.backend.read(
        model.logits(Array(tokens[61...]), batch: 1, tape: tape, cache: cache).value)
    }
    let expected = Array(logits(model).suffix(9 * 256))
    let configuration = model.configuration
    #expect(
      difference(
        rest(KeyValueCache(for: configuration, capacity: 70, on: model.backend)), expected) < 1e-5)
    #expect(
      difference(
        rest(HybridCache(for: configuration, capacity: 70, on: model.backend)), expected) < 1e-5)
  }

  /// A window that the text never fills needs no ring.
  @Test func aWindowAsLongAsTheCapacityKeepsEveryToken() throws {
    let model = try model(Interleaved(window: 70, period: 2))
    let cache = HybridCache(for: model.configuration, capacity: 70, on: model.backend)
    #expect(
      cache.byteCount
        == KeyValueCache(for: model.configuration, capacity: 70, on: model.backend).byteCount)
    #expect(difference(logits(model), logits(model, cache: cache, at: [60, 10])) < 1e-5)
  }

  @Test func scoreScaleEqualsALargerQuery() throws {
    let sharp = try model(Interleaved(window: 8, period: 1, scoreScale: 2))
    let scaled = try model(Interleaved(window: 8, period: 1))
    for parameter in scaled.parameters.all where parameter.name.hasSuffix("qkv.weight") {
      let width = parameter.shape[1]
      let values = scaled.backend.read(parameter.value).enumerated().map { index, value in
        index % width < 32 ? 2 * value : value
      }
      scaled.backend.write(values, to: parameter.value)
    }
    #expect(difference(logits(sharp), logits(scaled)) < 1e-4)
  }

  @Test func headsComeFromTheSamePass() throws {
    let model = try model(Interleaved(window: 8, period: 2))
    let (logits, heads) = model.logitsAndHeads(of: tokens, layer: 1)
    #expect(difference(model.backend.read(logits), self.logits(model)) == 0)
    #expect(heads.problem.window == nil && heads.problem.queryLength == tokens.count)
    #expect(model.heads(of: tokens, layer: 0).problem.window == 8)
  }

  @Test func borrowedValuesEqualReadValues() throws {
    let backend = try CPUBackend(threadCount: 1)
    let tensor = backend.tensor((0..<12).map(Float.init), [3, 4], .workspace)
    var borrowed: [Float] = []
    backend.withElements(tensor.slice(1..<3)) { borrowed = Array($0) }
    #expect(borrowed == backend.read(tensor.slice(1..<3)) && borrowed.first == 4)
  }
}
