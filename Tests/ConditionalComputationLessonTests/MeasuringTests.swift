import CPUBackend
import ConditionalComputationLesson
import Corpora
import SmallTransformer
import TestSupport
import Testing

/// Accuracies and FLOPs of models for which they are known.
@Suite struct MeasuringTests {
  private let task = HardBits(length: 8, hardCount: 2)

  /// A model that knows every answer to an easy token, and answers hard ones as if they were easy.
  @Test func scoreOfAModelThatOnlyCopies() throws {
    let logits = (0..<HardBits.answerCount).map { answer in
      (0..<HardBits.answerCount).map { $0 == answer ? Float(1) : 0 }
    }
    let backend = try CPUBackend(threadCount: 1)
    func score(_ answer: @escaping (Int) -> Int32) -> HardBitsScore {
      HardBitsScore(
        knownModel(logits, vocabularyCount: task.vocabularyCount, on: backend) { Int(answer($0)) },
        task, sequences: 200, seed: 3, recorder: RoutingRecorder())
    }
    let all = score { HardBits.answer(Int32($0)) }
    #expect(all.hardAccuracy == 1 && all.easyAccuracy == 1 && all.precision == nil)
    let copying = score { HardBits.answer(Int32($0 % 4096)) }
    #expect(copying.easyAccuracy == 1)
    // By chance one hard token in 16 is right: 25 ± 5 · 4.8 of 400.
    #expect(copying.hardAccuracy > 0 && copying.hardAccuracy < 49.0 / 400)
  }

  /// Every eighth token is routed, whether hard or not; with full capacity every token is.
  @Test func precisionIsTheShareOfHardTokensAmongTheRouted() throws {
    let recorder = RoutingRecorder()
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: task.vocabularyCount, modelDim: 16, layerCount: 1, headCount: 1,
      positions: NoPositions()
    ).with(pattern: Bidirectional())
    configuration.blocks = try LightHeavy(
      lightDim: 2, heavyDim: 4, capacity: 1, rule: .everyNth, recorder: recorder)
    configuration.classCount = HardBits.answerCount
    let model = Transformer(configuration, on: try CPUBackend(threadCount: 1), seed: 1)
    let score = HardBitsScore(model, task, sequences: 50, seed: 3, recorder: recorder)
    #expect(score.precision == 0.25)
  }

  /// Per token and layer 24d² for the matrices and, over n tokens, 2(n + 1)d for causal attention;
  /// 2dV for the output.
  @Test func flopsPerTokenByFormula() throws {
    let (d, n, vocabulary, layers) = (16, 20, 40, 3)
    let configuration = TransformerConfiguration.gpt(
      vocabularyCount: vocabulary, modelDim: d, layerCount: layers, headCount: 2)
    let found = flopsPerToken(configuration, length: n, on: try CPUBackend(threadCount: 1))
    let perLayer = 24 * d * d + 2 * (n + 1) * d
    #expect(abs(found - Double(layers * perLayer + 2 * d * vocabulary)) < 1e-9)
  }
}
