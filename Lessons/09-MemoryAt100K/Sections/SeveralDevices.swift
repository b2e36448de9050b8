import Calculator
import LessonKit
import Plotting

/// Section "What several devices divide".
extension MemoryAt100KLesson {
  func divideCache(_ notebook: Notebook) throws {
    notebook.heading("What several devices divide")
    notebook.say(
      """
      **Tensor parallelism** gives each device some heads, so it divides the cache by key/value \
      heads, as far as there are any: with 8 of them, 16 devices hold each head twice. A latent \
      vector belongs to all heads, so every device has all of it. **Context parallelism** gives \
      each device some tokens instead (ring attention, Liu et al., 2023). It divides every cache and \
      all activations, but no weights; in training, ZeRO divides those.
      """)
    notebook.ask(
      "32 devices, a model with 8 key/value heads: which share of the cache has each device?",
      answer: "With tensor parallelism an eighth, with context parallelism a 32nd.")
    let counts = [1, 2, 4, 8, 16, 32]
    let cases:
      [(name: String, model: String, parallelism: (Int) -> Parallelism, concept: Concept)] =
        [
          ("tensor, MLA", "DeepSeek-V2", { Parallelism(tensor: $0) }, .latentAttention),
          ("tensor, 8 KV heads", "Llama 3 8B", { Parallelism(tensor: $0) }, .groupedQuery),
          ("tensor, 32 KV heads", "LLaMA 7B", { Parallelism(tensor: $0) }, .multiHead),
          ("context, 8 KV heads", "Llama 3 8B", { Parallelism(context: $0) }, .cache),
        ]
    func cache(_ model: String, _ parallelism: Parallelism) -> Double {
      var plan = MemoryPlan(model: ModelShape.published(model) ?? .llama7B)
      plan.parallelism = parallelism
      return plan.estimate[.cache]
    }
    try notebook.figure(
      "cache-by-devices",
      LinePlot(
        title: "Cache of 100,000 tokens on each device",
        x: .log("devices", base: 2, ticks: counts.map { Tick(Double($0), "\($0)") }),
        y: .log("KV cache on a device", base: 2, unit: .bytes),
        series: cases.map { item in
          Series(
            item.name, x: counts.map(Double.init),
            y: counts.map { cache(item.model, item.parallelism($0)) }, of: item.concept)
        }),
      caption: """
        \(cases.map { "\($0.name): \($0.model)" }.joined(separator: "; ")). On \
        \(counts.last ?? 1) devices tensor parallelism leaves \
        \(gigabytes(cache("Llama 3 8B", Parallelism(tensor: 32)), digits: 3)) of Llama 3 8B's cache \
        on each, context parallelism \
        \(gigabytes(cache("Llama 3 8B", Parallelism(context: 32)), digits: 3)).
        """)
    notebook.claim(
      "tensor-share",
      "With 8 key/value heads, 32 devices of tensor parallelism hold {} of the cache each",
      cache("Llama 3 8B", Parallelism(tensor: 32)) / cache("Llama 3 8B", Parallelism()),
      equals: 1.0 / 8, from: .smoke, as: .percent, kind: .derived)
    trainAdapters(notebook)
  }

  /// LoRA and QLoRA beside full training.
  private func trainAdapters(_ notebook: Notebook) {
    notebook.heading("Adapters: a smaller state, the same activations")
    notebook.say(
      """
      LoRA freezes all weights and trains two narrow matrices beside each (Hu et al., 2022). So \
      gradients and optimizer nearly vanish, and one card can hold the state. QLoRA keeps the frozen \
      weights in 4 bits. But the gradient still runs through every layer, so every layer still \
      needs its activations: at 100,000 tokens they are what is left.
      """)
    let model = ModelShape.published("Llama 3 8B") ?? .llama7B
    let kinds: [(name: String, adapters: Adapters?)] = [
      ("all weights", nil), ("LoRA, rank 16", Adapters(rank: 16)),
      ("QLoRA, rank 16", Adapters(rank: 16, baseFormat: .nf4)),
    ]
    func estimate(_ adapters: Adapters?, _ context: Int) -> MemoryEstimate {
      var plan = MemoryPlan(
        model: model, use: .training, context: context, recomputation: .full)
      (plan.adapters, plan.lossChunk) = (adapters, 2048)
      return plan.estimate
    }
    notebook.table(
      "adapters",
      columns: [
        "\(model.name), one card", "state", "activations", "workspace", "total", "at 4,096",
      ],
      rows: kinds.map { name, adapters in
        let all = estimate(adapters, 100_000)
        let state = all[.weights] + all[.gradients] + all[.optimizer]
        return [
          name, gigabytes(state, digits: 3), gigabytes(all[.activations], digits: 3),
          gigabytes(all[.workspace], digits: 3), gigabytes(all.total, digits: 3),
          gigabytes(estimate(adapters, 4096).total, digits: 3),
        ]
      },
      caption: """
        Training with full recomputation and the loss in chunks of 2,048, at 100,000 tokens, and the \
        total at 4,096 tokens. State: weights, gradients and optimizer.
        """)
  }
}
