import Calculator
import LessonKit

/// A value that a paper prints, or that follows from what it prints, and the calculator's value.
private struct PublishedValue {
  let name: String
  let printed: Double
  let calculated: Double
  let unit: String
  /// Significant digits of the printed value.
  var digits = 4

  /// Within half a unit of the last printed digit.
  var agrees: Bool {
    let magnitude = (1..<digits).reduce(0.5) { unit, _ in unit / 10 }
    return abs(calculated / printed - 1) <= magnitude * 1.0001
  }
}

/// Section "The same sums for models you have heard of": the calculator and published values.
extension MemoryAt100KLesson {
  func checkPublished(_ notebook: Notebook) {
    notebook.heading("The same sums for models you have heard of")
    notebook.say(
      """
      A calculator that is right for a small model can still have wrong sizes in its table of \
      published models. So compare its results with values from the papers, or with values that \
      follow from those by hand.
      """)
    let values = notebook.step("calculate-published", "Calculate the published values") {
      publishedValues()
    }
    notebook.table(
      "published", columns: ["value", "printed", "calculated", "agrees"],
      rows: values.map {
        [
          $0.name, "\(Quantity.plain.text($0.printed, digits: $0.digits)) \($0.unit)",
          "\(Quantity.plain.text($0.calculated, digits: 5)) \($0.unit)", $0.agrees ? "✓" : "✗",
        ]
      },
      caption: """
        Keys and values in 16 bits; Mistral 7B keeps a window of 4,096 tokens. Activations are \
        those of a GPT-style layer with dropout at \
        LLaMA's sizes, which is what Korthikanti's 34sbh + 5as²b counts. LLaMA's own layers save \
        other tensors, and no dropout masks.
        """)
    notebook.claim(
      "published-differences", "Printed values that the calculator does not reproduce",
      Double(values.count { !$0.agrees }), equals: 0, from: .smoke, as: .count)
    for (id, name, tokens) in [
      ("llama-7b", "LLaMA 7B", 25_558.0), ("llama-65b", "LLaMA 65B", 49_744),
    ] {
      notebook.claim(
        "crossing-\(id)",
        "\(name): tokens at which attention needs as many FLOPs as all weights",
        ModelShape.published(name)?.crossing().rounded(), equals: tokens, from: .smoke, as: .count)
    }
  }

  private func publishedValues() -> [PublishedValue] {
    caches() + activations() + sharded() + others()
  }

  private func caches() -> [PublishedValue] {
    let printed = [
      ("LLaMA 7B", 52.43), ("LLaMA 13B", 81.92), ("LLaMA 33B", 159.7), ("LLaMA 65B", 262.1),
      ("Llama 2 70B", 32.77), ("Llama 3 8B", 13.11), ("Mistral 7B", 0.5369),
      ("MPT-7B-StoryWriter", 52.43), ("DeepSeek-V2", 6.912),
    ]
    return printed.compactMap { name, gigabytes in
      ModelShape.published(name).map {
        PublishedValue(
          name: "\(name): cache of 100,000 tokens", printed: gigabytes,
          calculated: $0.cacheBytes(tokens: 100_000) / 1e9, unit: "GB")
      }
    }
  }

  private func activations() -> [PublishedValue] {
    let printed: [(String, Int, Recomputation, Double)] = [
      ("LLaMA 7B", 2048, .nothing, 30.60), ("LLaMA 7B", 2048, .selective, 9.127),
      ("LLaMA 7B", 2048, .full, 0.5369), ("LLaMA 7B", 100_000, .selective, 445.6),
      ("LLaMA 65B", 2048, .nothing, 153.0), ("LLaMA 65B", 100_000, .full, 131.1),
    ]
    return printed.compactMap { name, tokens, policy, printed in
      ModelShape.published(name).map { model in
        let bytes = model.asGPT.keptBytes(
          tokens: tokens, storesScores: true, hasDropout: true, policy)
        return PublishedValue(
          name: "\(name): activations at \(Quantity.count.text(Double(tokens))), \(policy.name)",
          printed: printed, calculated: bytes / 1e9, unit: "GB")
      }
    }
  }

  private func sharded() -> [PublishedValue] {
    let printed: [(ZeROStage, Double, Int)] = [
      (.nothing, 120, 4), (.optimizer, 31.4, 3), (.gradients, 16.6, 3), (.parameters, 1.9, 2),
    ]
    return printed.map { stage, gigabytes, digits in
      let parts = TrainingState.mixed16.bytes(parameters: 7.5e9, stage: stage, deviceCount: 64)
      return PublishedValue(
        name: "7.5 billion weights on 64 devices, \(stage.name)", printed: gigabytes,
        calculated: (parts.weights + parts.gradients + parts.optimizer) / 1e9, unit: "GB",
        digits: digits)
    }
  }

  private func others() -> [PublishedValue] {
    let small = ModelShape.llama7B
    let layer = LayerActivations(small)
    let read = 2 * small.nominalParameterCount + small.cacheBytes(tokens: 100_000)
    return [
      PublishedValue(
        name: "LLaMA 7B: one layer's score matrices at 100,000", printed: 640,
        calculated: layer.insideBytes(tokens: 100_000, storesScores: true) * 1e5 / 1e9, unit: "GB"),
      PublishedValue(
        name: "LLaMA 7B: reading weights and cache for one token at 100,000, at 2 TB/s",
        printed: 32.91,
        calculated: read / 2e12 * 1e3, unit: "ms"),
      PublishedValue(
        name: "Logits of 100,000 tokens, 32,000 words, 32 bits", printed: 12.8,
        calculated: MemoryPlan(model: small, use: .training).estimate.most(.logits)
          / 1e9, unit: "GB",
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
