import Calculator
import LessonKit
import Plotting

/// What training at a longer context costs in money, and what that question leaves open.
extension CostLesson {
  private static let contexts = [2048, 8192, 32_768, 65_536, 100_000]
  private static let dollarsAnHour = 3.0

  func pay(_ notebook: Notebook, _ experiment: Experiment) throws {
    let run = TrainingRun.llama65B
    let price = run.gpuHours * Self.dollarsAnHour
    notebook.heading("The famous price")
    notebook.say(
      """
      LLaMA's largest model took \(Quantity.count.text(run.gpuHours)) A100 hours at a context of \
      \(Quantity.count.text(Double(run.context))) tokens (\(run.source)). At \
      $\(Quantity.plain.text(Self.dollarsAnHour)) an hour that is \(millions(price)). The article's \
      price at 100,000 tokens is $150 M: fifty times as much, because 100K is fifty times 2K. But \
      what is held fixed? There are three answers, and they are far apart.
      """)
    notebook.formula(
      "operations a token = 6N + 12 · L · H · Q · T",
      legend: """
        Training, forward and backward (Chowdhery et al., 2022, appendix B). N weights, L layers, H \
        heads of width Q, T the context. A causal kernel does half of the second term.
        """)
    notebook.show("costFactor", in: "Sources/Calculator/Work/TrainingCost.swift")
    let models = ["LLaMA 7B", "LLaMA 65B"].compactMap(ModelShape.published)
    for model in models { tabulate(notebook, model, from: run.context) }
    try draw(notebook, run, price)
    claim(notebook, run, price)
  }

  private func tabulate(_ notebook: Notebook, _ model: ModelShape, from base: Int) {
    let times = { (factor: Double) in Quantity.times.text(factor, digits: 3) }
    notebook.table(
      "readings-\(model.name)",
      columns: ["context", "GFLOP a token", "attention of it"]
        + CostConvention.allCases.map(\.rawValue),
      rows: Self.contexts.map { context in
        let each = model.trainingFlopsPerToken(context: context)
        let attention = model.attentionTrainingFlops(context: context)
        return [
          Quantity.count.text(Double(context)), Quantity.plain.text(each / 1e9, digits: 4),
          Quantity.percent.text(attention / each, digits: 3),
        ] + CostConvention.allCases.map { times(model.costFactor($0, from: base, to: context)) }
      },
      caption: """
        \(model.name), against the cost at \(Quantity.count.text(Double(base))). Attention equals \
        the weights at \(Quantity.count.text(model.crossing().rounded())) tokens, causal at \
        \(Quantity.count.text(model.crossing(isCausal: true).rounded())).
        """)
  }

  private func draw(_ notebook: Notebook, _ run: TrainingRun, _ price: Double) throws {
    let contexts = (11...17).map { Double(1 << $0) }
    let readings = CostConvention.allCases.map { reading in
      Series(
        reading.rawValue, x: contexts,
        y: contexts.map {
          price / 1e6 * run.model.costFactor(reading, from: run.context, to: Int($0))
        })
    }
    try notebook.figure(
      "price-by-context",
      LinePlot(
        title: "Training \(run.model.name) at a longer context: what is held fixed?",
        x: .log("context (tokens)", base: 2), y: .log("price (million dollars)"), series: readings,
        marks: [.vertical(100_000, "100K"), .horizontal(150, "the article: $150 M")]),
      caption: """
        At 100,000 tokens between \(millions(price * factor(.sameTokens, run))) and \
        \(millions(price * factor(.sameSequences, run))), by what is held fixed. The article's \
        number is the reading that leaves out what attention costs more.
        """)
  }

  private func claim(_ notebook: Notebook, _ run: TrainingRun, _ price: Double) {
    notebook.claim(
      "The price at \(Quantity.count.text(Double(run.context))), in million dollars", price / 1e6,
      within: 3.065...3.075, from: .smoke)
    notebook.claim(
      "Same sequences, attention ignored: dearer at 100,000", factor(.longerSequences, run),
      within: 48.8...48.9, from: .smoke, as: .times)
    notebook.claim(
      "Same tokens", factor(.sameTokens, run), within: 2.885...2.895, from: .smoke, as: .times)
    notebook.claim(
      "Same sequences, attention counted", factor(.sameSequences, run), within: 140.5...141.5,
      from: .smoke, as: .times)
    notebook.notice(
      "Fifty times is a choice, not a law",
      """
      Fifty times is 100,000 over 2,000 and nothing else: as many sequences, each fifty times as \
      long, so fifty times as many tokens to learn from. Who keeps the *tokens* fixed pays \
      \(Quantity.times.text(factor(.sameTokens, run), digits: 3)), and with a causal kernel \
      \(Quantity.times.text(
        run.model.costFactor(.sameTokens, from: run.context, to: 100_000, isCausal: true),
        digits: 3)). Quadratic attention is the smaller part of the story, in time. In memory it is \
      the larger one.
      """)
  }

  private func factor(_ reading: CostConvention, _ run: TrainingRun) -> Double {
    run.model.costFactor(reading, from: run.context, to: 100_000)
  }

  private func millions(_ dollars: Double) -> String {
    "$\(Quantity.plain.text(dollars / 1e6, digits: 3)) M"
  }
}
