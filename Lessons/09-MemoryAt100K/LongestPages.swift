import Calculator
import LessonKit
import Plotting

/// The longest context that fits, and what must be on for 100,000 tokens.
extension MemoryAt100KLesson {
  func compareLongest(_ notebook: Notebook) throws {
    notebook.heading("How far each technique reaches")
    let room = Self.card80.bytes
    let groups = [
      ("reading", "on one card", Self.inferenceStages),
      ("training", "on each of \(Self.trainingDevices) cards", Self.trainingStages),
    ]
    let longest = groups.map { _, _, stages in
      stages.map { Double($0.plan.longestContext(within: room) ?? 0) }
    }
    for (group, tokens) in zip(groups, longest) {
      let (use, cards, stages) = group
      try notebook.figure(
        "longest-\(use)",
        BarPlot(
          title: "The longest context that fits \(gigabytes(room)): LLaMA 7B, \(use) \(cards)",
          y: .log("tokens"), categories: stages.map(\.name),
          series: [BarPlot.Bars("", values: tokens)], marks: [.horizontal(100_000, "100K")]),
        caption: zip(stages, tokens).map { "\($0.name): \(Quantity.count.text($1)) tokens" }
          .joined(separator: "; ") + ".")
    }
    claim(notebook, longest)
  }

  private func claim(_ notebook: Notebook, _ longest: [[Double]]) {
    // Sums, not measurements: they come out the same in every run.
    notebook.claim(
      "Reading with plain attention: longest context", longest[0][0], atMost: 100_000,
      from: .smoke, as: .count)
    notebook.claim(
      "Reading, tiled: longest context", longest[0][1], atLeast: 100_000, from: .smoke,
      as: .count)
    notebook.claim(
      "Training, tiled but without recomputation: longest context", longest[1][1],
      atMost: 100_000, from: .smoke, as: .count)
    notebook.claim(
      "Training, tiled with full recomputation: longest context", longest[1][3],
      atLeast: 100_000, from: .smoke, as: .count)
  }

  func whatMustBeOn(_ notebook: Notebook) {
    notebook.heading("What must be on?")
    notebook.say(
      """
      The other way round: for a model, a use and a card, which fewest techniques make 100,000 \
      tokens fit? The calculator tries all sets of up to four, those that leave the model's answers \
      as they are before those that make it another model.
      """)
    notebook.show("waysToFit", in: "Sources/Calculator/Answers/Technique.swift")
    let names = ["LLaMA 7B", "LLaMA 65B", "Llama 2 70B", "Llama 3 8B", "MPT-7B-StoryWriter"]
    let rows = notebook.step("Search, for five models and both uses") {
      names.compactMap(ModelShape.published).flatMap { model in
        MemoryPlan.Use.allCases.reversed().map { use in
          MemoryPlan(model: model, use: use, storesScores: true)
        }
      }.map { plan in (plan: plan, ways: plan.waysToFit(Self.card80.bytes)) }
    }
    notebook.table(
      "ways", columns: ["model", "use", "plain attention", "turn on", "then"],
      rows: rows.map { plan, ways in
        let best = ways.first
        return [
          plan.model.name, plan.use.rawValue, gigabytes(plan.estimate.total, digits: 3),
          best.map { $0.map(\.name).joined(separator: " + ") } ?? "no four are enough",
          best.flatMap { plan.with($0) }.map { gigabytes($0.estimate.total, digits: 3) } ?? "",
        ]
      },
      caption: """
        100,000 tokens on \(Self.card80.name) cards, beginning with plain attention and one card: \
        the first of the smallest sets that fit.
        """)
  }
}
