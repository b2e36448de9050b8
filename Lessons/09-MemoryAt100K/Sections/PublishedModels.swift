import Calculator
import LessonKit

/// A value in print, and the calculator's.
private struct PrintedValue {
  let name: String
  let printed: Double
  let calculated: Double
  let unit: String
  let source: String
  /// Significant digits of the printed value.
  var digits = 3

  /// Within one unit of the last printed digit: some papers round, others cut digits off.
  var agrees: Bool {
    var unit = 1.0
    for _ in 1..<digits { unit /= 10 }
    var magnitude = 1.0
    while magnitude * 10 <= printed { magnitude *= 10 }
    return abs(calculated - printed) < unit * magnitude * 1.0001
  }
}

/// Section "Numbers in print": the calculator and what others have published.
extension MemoryAt100KLesson {
  func checkPublished(_ notebook: Notebook) {
    notebook.heading("Numbers in print")
    notebook.say(
      """
      A calculator that is right for a small model can still have wrong sizes in its table of \
      published models. So compare it with numbers that others have printed: papers, and programs \
      that print how much memory they took.
      """)
    let values = notebook.step("calculate-published", "Calculate what others have printed") {
      sharded() + shares() + caches() + programs()
    }
    notebook.table(
      "published", columns: ["value", "printed", "calculated", "agrees", "source"],
      rows: values.map {
        [
          $0.name, "\(Quantity.plain.text($0.printed, digits: $0.digits)) \($0.unit)",
          "\(Quantity.plain.text($0.calculated, digits: max(4, $0.digits))) \($0.unit)",
          $0.agrees ? "✓" : "✗", $0.source,
        ]
      },
      caption: """
        Only numbers that stand in the named source, with the digits that it prints. MiB are \
        1,048,576 bytes; GB and KB here are 10⁹ and 10³.
        """)
    notebook.claim(
      "published-differences", "The calculator does not give {} of \(values.count) printed values",
      Double(values.count { !$0.agrees }), equals: 0, from: .smoke, as: .count, kind: .derived)
    calculateCache(notebook)
  }

  private func sharded() -> [PrintedValue] {
    let rows: [(Double, ZeROStage, Double, Int)] = [
      (7.5, .nothing, 120, 3), (7.5, .optimizer, 31.4, 3), (7.5, .gradients, 16.6, 3),
      (7.5, .parameters, 1.9, 2), (128, .optimizer, 536, 3), (128, .gradients, 284, 3),
      (128, .parameters, 32, 2),
    ]
    return rows.map { billions, stage, printed, digits in
      let parts = TrainingState.mixed16.bytes(
        parameters: billions * 1e9, stage: stage, deviceCount: 64)
      return PrintedValue(
        name: "\(Quantity.plain.text(billions)) billion weights on 64 devices, \(stage.name)",
        printed: printed, calculated: (parts.weights + parts.gradients + parts.optimizer) / 1e9,
        unit: "GB", source: "Rajbhandari et al., figure 1 and table 1", digits: digits)
    }
  }

  private func shares() -> [PrintedValue] {
    [("GPT-3", 96, 12_288, 80.0), ("MT-NLG", 128, 20_480, 64)].map { name, heads, width, printed in
      let model = ModelShape(
        name: name, layerCount: 1, modelDim: width, headCount: heads, feedForwardDim: 4 * width,
        vocabularyCount: 1, block: .gpt, source: "section 5")
      let inside = LayerActivations(model, hasDropout: true)
        .insideBytes(tokens: 2048, storesScores: true)
      return PrintedValue(
        name: "\(name): 5as/h at 2,048 tokens", printed: printed,
        calculated: inside / Double(width), unit: "", source: "Korthikanti et al., section 5",
        digits: 2)
    }
  }

  private func caches() -> [PrintedValue] {
    [("DeepSeek-V3", 70.272), ("Qwen2.5 72B", 327.680), ("Llama 3.1 405B", 516.096)]
      .compactMap { name, printed in
        ModelShape.published(name).map {
          PrintedValue(
            name: "\(name): cache of one token", printed: printed,
            calculated: $0.cacheBytes(tokens: 1) / 1e3, unit: "KB",
            source: "Zhao et al., table 1", digits: printed < 100 ? 5 : 6)
        }
      }
  }

  /// What llama.cpp printed as the size of its cache.
  private func programs() -> [PrintedValue] {
    let rows: [(String, Int, NumberFormat?, Double, String)] = [
      ("Llama 2 7B", 4096, .float16, 2048, "LlamaEdge, llama-simple/README.md"),
      ("Llama 3.1 8B", 4096, .float16, 512, "ik_llama.cpp, issue 437"),
      (
        "Qwen2.5 32B", 32_768, NumberFormat.ggml.first { $0.name == "q8_0" }, 4352,
        "llama.cpp, issue 11200"
      ),
    ]
    return rows.compactMap { name, tokens, format, printed, source in
      guard let model = ModelShape.published(name), let format else { return nil }
      return PrintedValue(
        name: "\(name): cache of \(Quantity.count.text(tokens)) tokens, \(format.name)",
        printed: printed,
        calculated: model.cacheBytes(tokens: tokens, format: format) / 1_048_576, unit: "MiB",
        source: source, digits: 4)
    }
  }

  /// Sums that nobody has printed, from sizes that papers print.
  private func calculateCache(_ notebook: Notebook) {
    let names = ["LLaMA 7B", "LLaMA 65B", "Llama 3 8B", "DeepSeek-V2", "Mistral 7B"]
    let tokens = 100_000
    let models = names.compactMap(ModelShape.published)
    notebook.example(
      "By hand: the KV cache of 100,000 tokens in 16 bits",
      columns: ["model", "bytes per token", "tokens kept", "cache"],
      rows: models.map { model in
        let attention = model.layer.attention
        let width =
          attention.latent.map { "(\($0.rank) + \($0.rotaryDim))" }
          ?? "2 · \(attention.kvHeadCount) · \(attention.headDim)"
        let perToken =
          2 * model.layerCount
          * (attention.latent.map { $0.rank + $0.rotaryDim }
            ?? 2 * attention.kvHeadCount * attention.headDim)
        let kept = min(tokens, attention.window ?? tokens)
        return [
          model.name,
          "\(model.layerCount) · \(width) · 2 = \(Quantity.count.text(perToken))",
          Quantity.count.text(kept), gigabytes(Double(perToken * kept)),
        ]
      },
      result: """
        Layers, times keys and values of all key/value heads, times two bytes. DeepSeek-V2 caches \
        one latent vector and one rotated key in place of heads (MLA). Mistral 7B attends to a \
        window and needs no more than that. The calculator gives \
        \(models.map { gigabytes($0.cacheBytes(tokens: tokens)) }.joined(separator: ", ")).
        """)
  }
}
