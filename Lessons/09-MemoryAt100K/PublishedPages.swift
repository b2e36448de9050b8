import Calculator
import LessonKit

/// A number that a paper prints, or that follows from what it prints, and the calculator's.
private struct PublishedFigure {
  let name: String
  let printed: Double
  let found: Double
  let unit: String
  /// Digits that are printed.
  var digits = 4

  var agrees: Bool {
    // Half a unit of the last digit printed.
    let magnitude = (1..<digits).reduce(0.5) { unit, _ in unit / 10 }
    return abs(found / printed - 1) <= magnitude * 1.0001
  }
}

/// The calculator against numbers that others have printed.
extension MemoryAt100KLesson {
  func checkPublished(_ notebook: Notebook) {
    notebook.heading("The same sums for models you have heard of")
    notebook.say(
      """
      A calculator that is right for a small model can still have a wrong table. So hold it against \
      figures in print, or that follow from them by hand.
      """)
    let figures = notebook.step("Ask the calculator for figures in print") { published() }
    notebook.table(
      "published", columns: ["what", "in print", "calculated", "agrees"],
      rows: figures.map {
        [
          $0.name, "\(Quantity.plain.text($0.printed, digits: $0.digits)) \($0.unit)",
          "\(Quantity.plain.text($0.found, digits: 5)) \($0.unit)", $0.agrees ? "✓" : "✗",
        ]
      },
      caption: """
        Keys and values in 16 bits. Activations are those of a GPT-style layer with dropout at \
        LLaMA's sizes, which is what Korthikanti's 34sbh + 5as²b counts; LLaMA's own layers keep \
        other numbers, and no masks.
        """)
    notebook.claim(
      "Figures in print that the calculator does not give", Double(figures.count { !$0.agrees }),
      equals: 0, from: .smoke, as: .count)
    for (name, tokens) in [("LLaMA 7B", 25_558.0), ("LLaMA 65B", 49_744)] {
      notebook.claim(
        "\(name): attention costs as much as all weights from … tokens on",
        ModelShape.published(name)?.crossing().rounded(), equals: tokens, from: .smoke, as: .count)
    }
  }

  private func published() -> [PublishedFigure] {
    caches() + activations() + sharded() + others()
  }

  private func caches() -> [PublishedFigure] {
    let printed = [
      ("LLaMA 7B", 52.43), ("LLaMA 13B", 81.92), ("LLaMA 33B", 159.7), ("LLaMA 65B", 262.1),
      ("Llama 2 70B", 32.77), ("Llama 3 8B", 13.11), ("Mistral 7B", 13.11),
      ("MPT-7B-StoryWriter", 52.43), ("DeepSeek-V2", 6.912),
    ]
    return printed.compactMap { name, gigabytes in
      ModelShape.published(name).map {
        PublishedFigure(
          name: "\(name): cache of 100,000 tokens", printed: gigabytes,
          found: $0.cacheBytes(tokens: 100_000) / 1e9, unit: "GB")
      }
    }
  }

  private func activations() -> [PublishedFigure] {
    let rows: [(String, Int, Recomputation, Double)] = [
      ("LLaMA 7B", 2048, .nothing, 30.60), ("LLaMA 7B", 2048, .selective, 9.127),
      ("LLaMA 7B", 2048, .full, 0.5369), ("LLaMA 7B", 100_000, .selective, 445.6),
      ("LLaMA 65B", 2048, .nothing, 153.0), ("LLaMA 65B", 100_000, .full, 131.1),
    ]
    return rows.compactMap { name, tokens, policy, printed in
      ModelShape.published(name).map { model in
        let layer = LayerActivations(model.asGPT, hasDropout: true)
        let bytes = layer.keptBytes(tokens: tokens, batch: 1, storesScores: true, policy)
        return PublishedFigure(
          name: "\(name): activations at \(Quantity.count.text(Double(tokens))), \(policy.name)",
          printed: printed, found: bytes / 1e9, unit: "GB")
      }
    }
  }

  private func sharded() -> [PublishedFigure] {
    let printed: [(ZeROStage, Double, Int)] = [
      (.nothing, 120, 4), (.optimizer, 31.4, 3), (.gradients, 16.6, 3), (.parameters, 1.9, 2),
    ]
    return printed.map { stage, gigabytes, digits in
      let parts = TrainingState.mixed16.bytes(parameters: 7.5e9, stage: stage, deviceCount: 64)
      return PublishedFigure(
        name: "7.5 billion weights on 64 devices, \(stage.name)", printed: gigabytes,
        found: (parts.weights + parts.gradients + parts.optimizer) / 1e9, unit: "GB",
        digits: digits)
    }
  }

  private func others() -> [PublishedFigure] {
    guard let small = ModelShape.published("LLaMA 7B") else { return [] }
    let layer = LayerActivations(small)
    let read = 2 * small.nominalParameterCount + small.cacheBytes(tokens: 100_000)
    return [
      PublishedFigure(
        name: "LLaMA 7B: one layer's score matrices at 100,000", printed: 640,
        found: layer.insideBytes(tokens: 100_000, storesScores: true) * 1e5 / 1e9, unit: "GB"),
      PublishedFigure(
        name: "LLaMA 7B: a token at 100,000 reads, at 2 TB/s", printed: 32.91,
        found: read / 2e12 * 1e3, unit: "ms"),
      PublishedFigure(
        name: "Logits of 100,000 tokens, 32,000 words, 32 bits", printed: 12.8,
        found: MemoryPlan(model: small, use: .training).estimate[.logits] / 1e9, unit: "GB",
        digits: 3),
    ]
  }
}

extension ModelShape {
  /// A GPT-style layer of the same width, depth and heads.
  fileprivate var asGPT: ModelShape {
    ModelShape(
      name: name, layerCount: layerCount, modelDim: modelDim, headCount: headCount,
      feedForwardDim: 4 * modelDim, vocabularyCount: vocabularyCount, block: .gpt, source: source)
  }
}
