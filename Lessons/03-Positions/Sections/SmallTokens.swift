import Corpora
import LessonKit
import SmallTransformer

/// The section "A setting that decides the result": sinusoids with tokens that they drown.
extension PositionsLesson {
  func showSmallTokens(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ models: SchemeModels,
    _ curves: Keyed<Scheme, SeedCurves>
  ) throws {
    notebook.heading("A setting that decides the result")
    notebook.say(
      """
      Sinusoidal positions are waves with a root mean square of 0.71. GPT-2's token vectors begin \
      with a standard deviation of 0.02. If you add the two, a token is one part in 35 of its own \
      input. Vaswani et al. (section 3.4) therefore multiply their token vectors by √d, and the \
      models above begin with a standard deviation of 1. Here is the same model with both settings.
      """)
    let drowned = try notebook.step("small-tokens", "Train the sinusoidal model with small tokens")
    {
      let trained = try notebook.train(
        "sinusoidal, tokens of 0.02", experiment.drownedTokens, experiment.schedule, on: book)
      return try Curve("small tokens", experiment, on: book, notebook, trained.model)
    }
    let usual = curves[.sinusoidal].curves[0]
    let ratios = [usual, drowned].map { $0.ratio(at: experiment.longestMultiple) ?? .nan }
    func row(_ name: String, _ curve: Curve, ratio: Double) -> [String] {
      [name] + curve.perplexities.map { Quantity.plain.text($0, digits: 3) }
        + [Quantity.times.text(ratio, digits: 3)]
    }
    notebook.table(
      "small-tokens",
      columns: ["token vectors begin at"]
        + experiment.multiples.map { $0 == 1 ? "T" : "\($0) T" }
        + ["\(experiment.longestMultiple) T / T"],
      rows: [row("1", usual, ratio: ratios[0]), row("0.02", drowned, ratio: ratios[1])],
      caption: """
        Perplexity of two sinusoidal models with the same seed, batches and steps: one pair, so \
        the sizes are examples. With small tokens the growth is \
        \(Quantity.times.text(ratios[1] / ratios[0], digits: 2)) as large. Before you compare \
        schemes, give each the settings that it needs.
        """)
  }
}
