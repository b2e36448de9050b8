import Calculator
import LessonKit

/// Section "Which techniques are needed?"
extension MemoryAt100KLesson {
  func findTechniques(_ notebook: Notebook) {
    notebook.heading("Which techniques are needed?")
    notebook.say(
      """
      Now ask the reverse question. Given a model, a use and a card, which techniques make 100,000 \
      tokens fit? The calculator tries every set of up to three, besides those that are free. It \
      ranks them as an engineer would: exact techniques that are free first, then exact ones that \
      take time, then those that change the model's answers, then another model, then more cards.
      """)
    notebook.show(
      "waysToFit", in: "Sources/Calculator/Answers/Technique.swift", focus: "if fits(free + set) {")
    let names = ["LLaMA 7B", "LLaMA 65B", "Llama 3 8B", "Llama 3 70B", "Gemma 3 27B"]
    let rows = notebook.step(
      "search-techniques", "Search for five models, for inference and training"
    ) {
      names.compactMap(ModelShape.published).flatMap { model in
        MemoryPlan.Use.allCases.reversed().map { use in
          MemoryPlan(model: model, use: use, storesScores: true)
        }
      }.map { plan in (plan: plan, way: plan.waysToFit(Card.bytes).first) }
    }
    notebook.table(
      "ways",
      columns: [
        "model", "use", "naive attention", "techniques to add", "with them", "largest term",
      ],
      rows: rows.map { plan, way in
        let best = way.flatMap { plan.with($0) }?.estimate
        return [
          plan.model.name, plan.use.rawValue, gigabytes(plan.estimate.total, digits: 3),
          way.map { $0.map(\.name).joined(separator: " + ") } ?? "no such set is enough",
          best.map { gigabytes($0.total, digits: 3) } ?? "",
          best.map(largestTerm(of:)) ?? "",
        ]
      },
      caption: """
        Bytes on one card at 100,000 tokens, on \(Card.device.name) cards: with naive attention on \
        a single card, and with the least intrusive set of techniques that fits.
        """)
    explainWhatIsLeft(notebook, names)
  }

  /// Why sets without a chunked loss and without context parallelism can be not enough.
  private func explainWhatIsLeft(_ notebook: Notebook, _ names: [String]) {
    let models = names.compactMap(ModelShape.published)
    func plan(_ model: ModelShape, lossChunk: Int?) -> MemoryPlan {
      var plan = MemoryPlan(
        model: model, use: .training, recomputation: .full,
        parallelism: Parallelism(data: TrainingStage.deviceCount, stage: .parameters))
      plan.lossChunk = lossChunk
      return plan
    }
    let rows = models.map { model in
      let whole = plan(model, lossChunk: nil).estimate
      let chunked = plan(model, lossChunk: 2048)
      let fewest = chunked.onFewestDevices(of: Card.bytes)
      return (
        model: model, whole: whole, chunked: chunked.estimate,
        devices: fewest?.plan.parallelism.summary ?? "none up to 4,096"
      )
    }
    notebook.say(
      """
      In training two terms remain when tiled attention, full recomputation and ZeRO-3 over \
      \(TrainingStage.deviceCount) cards have done their work, and more cards of that kind do not \
      help: each card has a sequence of its own. The **logits** grow with the vocabulary, and a loss \
      in chunks removes them. The **activations** grow with width and depth, and only devices that \
      share one sequence divide them.
      """)
    notebook.table(
      "what-is-left",
      columns: [
        "model", "logits", "activations", "total", "loss in chunks", "the fewest devices then",
      ],
      rows: rows.map { row in
        [
          row.model.name, gigabytes(row.whole.most(.logits), digits: 3),
          gigabytes(row.whole.most(.activations), digits: 3),
          gigabytes(row.whole.total, digits: 3),
          (row.chunked.total <= Card.bytes ? "✓ " : "✗ ") + gigabytes(row.chunked.total, digits: 3),
          row.devices,
        ]
      },
      caption: """
        Training on 100,000 tokens, on each of \(TrainingStage.deviceCount) cards with ZeRO-3, tiled \
        attention and full recomputation. Last column: what the calculator finds with all kinds of \
        parallelism, when the loss is in chunks.
        """)
    guard let llama = rows.first(where: { $0.model.name == "Llama 3 8B" }) else { return }
    notebook.claim(
      "chunked-loss-saves",
      "A loss in chunks saves {} of Llama 3 8B's bytes per card",
      1 - llama.chunked.total / llama.whole.total, atLeast: 0.4, from: .smoke, as: .percent,
      kind: .derived)
  }
}
