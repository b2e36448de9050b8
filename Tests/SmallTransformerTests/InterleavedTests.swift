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
