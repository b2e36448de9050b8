import Calculator
import Testing

/// Values that papers publish, or that follow from published values.
@Suite struct PublishedFigureTests {
  private func model(_ name: String) throws -> ModelShape {
    try #require(ModelShape.published(name))
  }

  /// Numbers of weights by the published sizes, compared with the published files.
  @Test(arguments: [
    ("LLaMA 7B", 6_738_415_616), ("LLaMA 13B", 13_015_864_320), ("LLaMA 65B", 65_285_660_672),
    ("Llama 2 70B", 68_976_648_192), ("Llama 3 8B", 8_030_261_248),
    ("Mistral 7B", 7_241_732_096), ("SmolLM2-135M", 134_515_008),
  ])
  func weights(name: String, count: Int) throws {
    #expect(try model(name).parameterCount == count)
  }

  @Test(arguments: [
    ("LLaMA 7B", [43.4, 53.1, 91.7, 143.3, 197.5]),
    ("LLaMA 65B", [407.3, 455.6, 648.9, 906.6, 1177.6]),
  ])
  func trainingOperations(name: String, billions: [Double]) throws {
    let model = try model(name)
    for (context, wanted) in zip([2048, 8192, 32_768, 65_536, 100_000], billions) {
      let found = model.trainingFlopsPerToken(context: context) / 1e9
      #expect(abs(found - wanted) < 0.06, "\(name) at \(context): \(found)")
    }
  }

  @Test func crossingOfAttentionAndWeights() throws {
    #expect(try model("LLaMA 7B").crossing().rounded() == 25_558)
    #expect(try model("LLaMA 65B").crossing().rounded() == 49_744)
  }

  @Test func threeMeaningsOfACostFactor() throws {
    let large = try model("LLaMA 65B")
    let small = try model("LLaMA 7B")
    func close(_ found: Double, _ wanted: Double) -> Bool { abs(found / wanted - 1) < 0.003 }
    #expect(close(large.costFactor(.longerSequences, from: 2048, to: 100_000), 48.83))
    #expect(close(large.costFactor(.sameTokens, from: 2048, to: 100_000), 2.891))
    #expect(close(large.costFactor(.sameSequences, from: 2048, to: 100_000), 141.2))
    #expect(close(small.costFactor(.sameTokens, from: 2048, to: 100_000), 4.55))
    #expect(
      close(large.costFactor(.sameTokens, from: 2048, to: 100_000, isCausal: true), 1.97))
  }

  @Test func layerFlopsOfASquareModel() {
    let d = 96
    let model = ModelShape(
      name: "square", layerCount: 1, modelDim: d, headCount: 4, feedForwardDim: 4 * d,
      vocabularyCount: 256, block: .gpt, source: "test")
    for n in [7, 64, 1000] {
      #expect(model.linearFlops(tokens: n) == 24 * Double(n * d * d))
      #expect(model.attentionFlops(tokens: n, isCausal: false) == 4 * Double(n * n * d))
      #expect(
        model.attentionFlops(tokens: n, isCausal: true) == 2 * Double(n * (n + 1) * d))
    }
  }

  @Test func namesIgnoreCaseSpacesAndHyphens() {
    #expect(ModelShape.published("llama-7b")?.name == "LLaMA 7B")
    #expect(ModelShape.published("MISTRAL 7B")?.name == "Mistral 7B")
    #expect(ModelShape.published("llama") == nil)
  }
}
