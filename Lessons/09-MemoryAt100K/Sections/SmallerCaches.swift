import Calculator
import LessonKit
import Plotting

/// Section "Smaller caches": what models since 2023 do about the largest term of inference.
extension MemoryAt100KLesson {
  private static let tokens = 131_072

  func compareCaches(_ notebook: Notebook) throws {
    notebook.heading("Smaller caches")
    notebook.say(
      """
      Once the scores are gone, the KV cache is the largest term that grows. Models since 2023 make \
      it smaller in four ways. **GQA** shares key/value heads (lesson 6). **Interleaved windows** \
      let only some layers see everything; the others keep their window. **MLA** caches one latent \
      vector in place of all heads. And any cache can be **quantized**: 4 bits per value, and one \
      more for the scales of its group.
      """)
    let names = [
      "LLaMA 65B", "Llama 2 7B", "Llama 3 70B", "Qwen3 32B", "Gemma 3 27B", "DeepSeek-V3",
      "gpt-oss-120b",
    ]
    let models = names.compactMap(ModelShape.published)
    func bytes(_ model: ModelShape, _ format: NumberFormat) -> Double {
      MemoryPlan(model: model, context: Self.tokens, cacheFormat: format)
        .estimate[.cache]
    }
    notebook.ask(
      "Which of these models has the smallest cache: one with GQA, one with MLA, or one with windows?",
      answer: "Read it off below. It depends on layers and heads as much as on the technique.")
    let values = models.map { bytes($0, .float16) }
    try notebook.figure(
      "caches",
      DotPlot(
        title: "KV cache of \(Quantity.count.text(Self.tokens)) tokens",
        x: .log("memory", unit: .bytes), categories: models.map { "\($0.name), \(kind($0))" },
        series: [
          .init(
            "16 bits", values: values, labels: values.map { gigabytes($0, digits: 3) }, of: .cache),
          .init("4 bits and scales", values: models.map { bytes($0, .int4) }, of: .optimizer),
        ], marks: [.vertical(Card.bytes, gigabytes(Card.bytes))]),
      caption: """
        One request. The cache of \(models[0].name) is \
        \(Quantity.times.text((values.max() ?? .nan) / (values.min() ?? .nan), digits: 3)) that of \
        \(zip(models, values).min { $0.1 < $1.1 }?.0.name ?? ""). In 4 bits every cache is \
        \(Quantity.times.text(16 / NumberFormat.int4.bitsPerElement, digits: 3)) smaller, not 4 ×, \
        because of the scales.
        """)
    countWindows(notebook)
  }

  /// How a model makes its cache small.
  private func kind(_ model: ModelShape) -> String {
    if model.isLatent { return "MLA" }
    let windows = model.groups.filter { $0.layer.attention.window != nil }.reduce(0) {
      $0 + $1.count
    }
    if windows > 0 { return "\(windows) of \(model.layerCount) layers in windows" }
    return model.kvHeadCount == model.headCount
      ? "a head for each query head" : "GQA, \(model.kvHeadCount) of \(model.headCount) heads"
  }

  /// Interleaved windows by hand.
  private func countWindows(_ notebook: Notebook) {
    guard let model = ModelShape.published("Gemma 3 27B") else { return }
    let rows = model.groups.map { group -> (tokens: Int, text: [String], bytes: Double) in
      let attention = group.layer.attention
      let kept = min(Self.tokens, attention.window ?? Self.tokens)
      let perToken = 4 * attention.kvHeadCount * attention.headDim
      let bytes = Double(group.count * kept * perToken)
      return (
        kept,
        [
          attention.window.map { "window of \(Quantity.count.text($0))" } ?? "global",
          "\(group.count) · \(Quantity.count.text(kept)) · \(Quantity.count.text(perToken))",
          gigabytes(bytes, digits: 3),
        ], bytes
      )
    }
    let total = rows.reduce(0) { $0 + $1.bytes }
    let all =
      Double(model.layerCount * Self.tokens)
      * Double(4 * model.kvHeadCount * model.layer.attention.headDim)
    notebook.example(
      "By hand: \(model.name), layers of two kinds",
      columns: ["layers", "layers · tokens · bytes per token", "cache"],
      rows: rows.map(\.text),
      result: """
        Together \(gigabytes(total, digits: 3)); with all layers global it would be \
        \(gigabytes(all, digits: 3)), \(Quantity.times.text(all / total, digits: 3)) as much. Lesson \
        10 builds such a cache.
        """)
  }
}
