import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// The section "A little training at the new length".
extension PositionsLesson {
  /// Perplexity at T as trained, and at four times the length before and after fine-tuning there,
  /// one value for each seed.
  private struct FineTuned: Codable {
    let name: String
    let atT: [Double]
    let before: [Double]
    let after: [Double]

    /// For each seed, perplexity after fine-tuning divided by that at T.
    var ratios: [Double] { zip(after, atT).map { $0 / $1 } }
    var ratio: Double { geometricMean(of: ratios) ?? .nan }
  }

  /// Results of the schemes, and of RoPE with each of the stretched frequencies.
  private struct FineTunings: Codable {
    let schemes: Keyed<Scheme, FineTuned>
    let stretches: Keyed<Stretch, FineTuned>
  }

  func fineTune(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ models: SchemeModels,
    _ stretched: [TrainedModel]
  ) throws {
    notebook.heading("A little training at the new length")
    let steps = experiment.fineTuning(from: experiment.schedule).stepCount
    notebook.say(
      """
      **Two results are not the published ones:** RoPE adapts to the new length within a few \
      steps also without a change of its frequencies, which interpolation does not improve, and \
      the sinusoidal model gets back a part of its loss. LLaMA 7B, trained directly at 8,192, had \
      a perplexity of 7.69 there, against 6.95 with interpolation, and found no key farther back \
      than 2,560 tokens (Chen et al.).
      """)
    notebook.say(
      """
      The article behind this course says that fine-tuning cannot extend a model with sinusoidal \
      positions from 2K to 100K, but can extend one with RoPE or ALiBi. Try it: \(steps) steps at \
      4 T, a tenth of the first training, for the schemes, and for the RoPE models of the last \
      section with each of the changed frequencies. Since Llama 3 this is the usual recipe: raise \
      RoPE's base, here to \(Int(Stretch.baseFactor)) times, as Xiong et al. (2023) did, and \
      continue training with longer \
      texts.
      """)
    let results = try notebook.step("fine-tune", "Fine-tune at 4 T, evaluate before and after") {
      FineTunings(
        schemes: try Keyed(experiment.fineTunedSchemes) { scheme in
          try fineTuned(
            scheme.name, experiment.configuration(scheme), experiment.schedule,
            from: models[scheme], experiment, book, notebook)
        },
        stretches: try Keyed { stretch in
          try fineTuned(
            stretch.name, experiment.configuration(stretch), experiment.stretchedSchedule,
            from: Array(stretched.prefix(1)), experiment, book, notebook)
        })
    }
    try show(notebook, experiment, results)
    claim(notebook, results)
  }

  private func fineTuned(
    _ name: String, _ configuration: TransformerConfiguration, _ schedule: TrainingSchedule,
    from starts: [TrainedModel], _ experiment: Experiment, _ book: Corpus, _ notebook: Notebook
  ) throws -> FineTuned {
    let tuning = experiment.fineTuning(from: schedule)
    func perplexity(_ model: Transformer, _ length: Int) throws -> Double {
      model.lossByPosition(
        try notebook.heldOutWindows(
          book, length: length, tokenCount: experiment.evaluationTokens)
      ).perplexity
    }
    let seeds = notebook.seeds(experiment.seedCount)
    return FineTuned(
      name: name, atT: try starts.map { try perplexity($0.model, schedule.length) },
      before: try starts.map {
        try perplexity($0.model.sharingWeights(with: configuration), tuning.length)
      },
      after: try zip(starts, seeds).map { start, seed in
        let tuned = try notebook.train(
          "\(name) at \(tuning.length), seed \(seed)", configuration, tuning, on: book,
          startingFrom: start, seed: seed)
        return try perplexity(tuned.model, tuning.length)
      })
  }

  private func show(
    _ notebook: Notebook, _ experiment: Experiment, _ results: FineTunings
  ) throws {
    let schemes = results.schemes.map { (group: "T = \(experiment.trainedLength)", $1) }
    let stretches = results.stretches.map { (group: "T = \(experiment.stretchedLength)", $1) }
    let all = schemes + stretches
    notebook.table(
      "fine-tuning",
      columns: ["trained at", "scheme", "at T", "at 4 T, before", "at 4 T, after", "after / at T"],
      rows: all.map { group, result in
        [group, result.name]
          + [result.atT, result.before, result.after].map {
            Quantity.plain.text(geometricMean(of: $0) ?? .nan, digits: 3)
          } + [Quantity.times.text(result.ratio, digits: 3)]
      },
      caption: """
        Perplexity per byte before and after fine-tuning at four times the length, with a tenth of \
        the steps. Mean of \(experiment.seedCount) seeds. The rows of T = \
        \(experiment.stretchedLength) are RoPE with base \
        \(Quantity.count.text(experiment.stretchedBase)), one seed: four times as many tokens per \
        step.
        """)
    let ordered = all.sorted { ($0.1.after.first ?? 0) < ($1.1.after.first ?? 0) }
    func dots(_ name: String, _ values: (FineTuned) -> [Double]) -> DotPlot.Dots {
      let found = ordered.map { values($0.1) }
      return .init(
        name, values: found.map { geometricMean(of: $0) ?? .nan },
        low: found.map { $0.min() ?? .nan }, high: found.map { $0.max() ?? .nan })
    }
    try notebook.figure(
      "fine-tuning",
      DotPlot(
        title: "Before and after fine-tuning at four times the length",
        x: .log("perplexity per byte"), categories: ordered.map { "\($0.1.name), \($0.group)" },
        series: [
          dots("at T, as trained", \.atT), dots("at 4 T, before", \.before),
          dots("at 4 T, after", \.after),
        ]),
      caption: """
        Mean and range of \(experiment.seedCount) seeds, one seed for T = \
        \(experiment.stretchedLength). Perplexity after fine-tuning divided by that at T: \
        \(all.map { "\($0.1.name) × \(Quantity.plain.text($0.1.ratio, digits: 3))" }
          .joined(separator: ", ")).
        """)
  }

  private func claim(_ notebook: Notebook, _ results: FineTunings) {
    let schemes = results.schemes
    notebook.claim(
      "rope-untuned", "RoPE before fine-tuning: perplexity at 4 T is {} that at T",
      zip(schemes[.rope].before, schemes[.rope].atT).map { $0 / $1 }, as: .ropeUntuned)
    for (id, scheme, pilot) in [
      ("rope-tuned", Scheme.rope, Pilot.ropeTuned),
      ("sinusoidal-tuned", .sinusoidal, .sinusoidalTuned),
    ] {
      notebook.claim(
        id, "\(scheme.name) after fine-tuning: perplexity at 4 T is {} that at T",
        schemes[scheme].ratios, as: pilot)
    }
  }
}
