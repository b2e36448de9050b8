import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// The section "A little training at the new length".
extension PositionsLesson {
  /// Perplexity at T as trained, and at four times the length before and after fine-tuning there.
  struct FineTuned: Codable {
    let name: String
    let atT: Double
    let before: Double
    let after: Double
  }

  /// Results of the schemes, and of RoPE with each of the stretched frequencies.
  private struct FineTunings: Codable {
    let schemes: Keyed<Scheme, FineTuned>
    let stretches: Keyed<Stretch, FineTuned>

    var all: [FineTuned] { schemes.map { $1 } + stretches.map { $1 } }
  }

  func fineTune(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus,
    _ trained: Keyed<Scheme, TrainedModel>
  ) throws {
    notebook.heading("A little training at the new length")
    notebook.say(
      """
      The article behind this course says that fine-tuning cannot extend a model with sinusoidal \
      positions from 2K to 100K, but can extend one with RoPE or ALiBi. Try it: \
      \(experiment.fineTuning.stepCount) steps at \(experiment.fineTuning.length) bytes, a tenth \
      of the first training, for every scheme, and for RoPE with each of the stretched \
      frequencies.
      """)
    let results = try notebook.step("fine-tune", "Fine-tune at 4 T, evaluate before and after") {
      FineTunings(
        schemes: try Keyed(experiment.schemes) { scheme in
          try fineTuned(
            scheme.name, experiment.configuration(scheme), from: trained[scheme], experiment, book,
            notebook)
        },
        stretches: try Keyed(experiment.fineTunedStretches) { stretch in
          let configuration = experiment.configuration(
            stretch, multiple: experiment.fineTunedMultiple)
          return try fineTuned(
            configuration.positions.name, configuration, from: trained[.rope], experiment, book,
            notebook)
        })
    }
    try show(notebook, experiment, results.all)
    claim(notebook, results.schemes)
  }

  private func fineTuned(
    _ name: String, _ configuration: TransformerConfiguration, from start: TrainedModel,
    _ experiment: Experiment, _ book: Corpus, _ notebook: Notebook
  ) throws -> FineTuned {
    func windows(_ length: Int) throws -> [[Int32]] {
      try notebook.heldOutWindows(book, length: length, tokenCount: experiment.evaluationTokens)
    }
    let (short, long) = (experiment.trainedLength, experiment.fineTuning.length)
    let tuned = try notebook.train(
      "\(name), at \(long)", configuration, experiment.fineTuning, on: book, startingFrom: start)
    return FineTuned(
      name: name, atT: start.model.lossByPosition(try windows(short)).perplexity,
      before: start.model.sharingWeights(with: configuration)
        .lossByPosition(try windows(long)).perplexity,
      after: tuned.model.lossByPosition(try windows(long)).perplexity)
  }

  private func show(
    _ notebook: Notebook, _ experiment: Experiment, _ results: [FineTuned]
  ) throws {
    notebook.table(
      "fine-tuning",
      columns: ["scheme", "at T, as trained", "at 4 T, before", "at 4 T, after", "after / at T"],
      rows: results.map { result in
        [result.name]
          + [result.atT, result.before, result.after].map { Quantity.plain.text($0, digits: 3) }
          + [Quantity.times.text(result.after / result.atT, digits: 3)]
      },
      caption: """
        Perplexity per byte before and after fine-tuning at four times the length, with a tenth of \
        the steps.
        """)
    let ratios = results.map {
      "\($0.name) × \(Quantity.plain.text($0.after / $0.atT, digits: 3))"
    }
    let ordered = results.sorted { $0.after < $1.after }
    try notebook.figure(
      "fine-tuning",
      DotPlot(
        title: "Before and after fine-tuning at four times the length",
        x: .log("perplexity per byte"), categories: ordered.map(\.name),
        series: [
          .init("at T, as trained", values: ordered.map(\.atT)),
          .init("at 4 T, before", values: ordered.map(\.before)),
          .init("at 4 T, after", values: ordered.map(\.after)),
        ]),
      caption: """
        After fine-tuning, perplexity at \(experiment.fineTuning.length) bytes divided by \
        perplexity at \(experiment.trainedLength): \(ratios.joined(separator: ", ")).
        """)
  }

  private func claim(_ notebook: Notebook, _ results: Keyed<Scheme, FineTuned>) {
    let (sinusoidal, rope) = (results[.sinusoidal], results[.rope])
    // Seeds 1, 2 and 3: RoPE 1.03 to 1.04, 1.7 to 2.1 before; sinusoidal 1.20 to 1.22 after.
    notebook.claim(
      "rope-tuned", "RoPE after fine-tuning: perplexity at 4 T divided by perplexity at T",
      rope.after / rope.atT, atMost: 1.06, as: .times)
    notebook.claim(
      "rope-untuned", "RoPE before fine-tuning: perplexity at 4 T divided by perplexity at T",
      rope.before / rope.atT, atLeast: 1.2, as: .times)
    notebook.say(
      """
      The sinusoidal model does not get back to its perplexity at T (see below), but fine-tuning \
      recovers a large part. The article's "cannot" is too strong at this size, where four times \
      the length means a few hundred new positions.
      """)
    notebook.measure(
      "sinusoidal-tuned",
      "Sinusoidal after fine-tuning: perplexity at 4 T divided by perplexity at T",
      sinusoidal.after / sinusoidal.atT, .times)
  }
}
