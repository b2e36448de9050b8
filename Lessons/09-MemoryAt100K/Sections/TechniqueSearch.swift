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
      ranks them as an engineer would: first exact techniques that are free, then exact ones that \
      take time, then those that change the model's answers, then another model, then more cards.
      """)
    notebook.show(
      "waysToFit", in: "Sources/Calculator/Answers/Technique.swift", focus: "if fits(free + set) {")
    let names = ["LLaMA 7B", "LLaMA 65B", "Llama 2 70B", "Llama 3 8B", "MPT-7B-StoryWriter"]
    let rows = notebook.step(
      "search-techniques", "Search for five models, for inference and training"
    ) {
      names.compactMap(ModelShape.published).flatMap { model in
        MemoryPlan.Use.allCases.reversed().map { use in
          MemoryPlan(model: model, use: use, storesScores: true)
        }
      }.map { plan in (plan: plan, ways: plan.waysToFit(Card.bytes)) }
    }
    notebook.table(
      "ways", columns: ["model", "use", "naive attention", "techniques to add", "with them"],
      rows: rows.map { plan, ways in
        let best = ways.first
        return [
          plan.model.name, plan.use.rawValue, gigabytes(plan.estimate.total, digits: 3),
          best.map { $0.map(\.name).joined(separator: " + ") } ?? "no set is enough",
          best.flatMap { plan.with($0) }.map { gigabytes($0.estimate.total, digits: 3) } ?? "",
        ]
      },
      caption: """
        Bytes on one card at 100,000 tokens, on \(Card.device.name) cards: with naive attention on \
        a single card, and with the least intrusive set of techniques that fits.
        """)
  }
}
