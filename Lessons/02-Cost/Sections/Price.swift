import Calculator
import LessonKit
import Plotting

/// The section "The price of training": what a longer context costs in money.
extension CostLesson {
  private static let contexts = [2048, 8192, 32_768, 65_536, 100_000]
  private static let dollarsPerHour = 3.0

  func computePrice(_ notebook: Notebook) throws {
    let run = TrainingRun.llama65B
    let price = run.gpuHours * Self.dollarsPerHour
    notebook.heading("The price of training")
    notebook.say(
      """
      LLaMA's largest model took \(Quantity.count.text(run.gpuHours)) hours of A100 GPUs at a \
      context of \(Quantity.count.text(Double(run.context))) tokens (\(run.source)). At \
      $\(Quantity.plain.text(Self.dollarsPerHour)) per hour that is \(millions(price)). The \
      article's price at 100,000 tokens is $150 M: fifty times as much, because 100K is fifty \
      times 2K. But what stays the same? There are three answers, with very different prices.
      """)
    notebook.formula(
      #"\text{FLOPs per token} = 6N + 12 L H Q T"#,
      legend: """
        Training, forward and backward (Chowdhery et al., 2022, appendix B). N weights, L layers, \
        H heads of width Q, T the context. A causal kernel needs half of the second term.
        """)
    notebook.show("costFactor", in: "Sources/Calculator/Work/TrainingCost.swift")
    for model in ["LLaMA 7B", "LLaMA 65B"].compactMap(ModelShape.published) {
      tabulate(notebook, model, from: run.context)
    }
    try draw(notebook, run, price)
    claimPrice(notebook, run, price)
  }

  private func tabulate(_ notebook: Notebook, _ model: ModelShape, from base: Int) {
    notebook.table(
      "cost-\(model.name)",
      columns: ["context", "GFLOP per token", "attention's share"]
        + CostConvention.allCases.map(\.rawValue),
      rows: Self.contexts.map { context in
        let each = model.trainingFlopsPerToken(context: context)
        let attention = model.attentionTrainingFlops(context: context)
        return [
          Quantity.count.text(Double(context)), Quantity.plain.text(each / 1e9, digits: 4),
          Quantity.percent.text(attention / each, digits: 3),
        ]
          + CostConvention.allCases.map {
            Quantity.times.text(model.costFactor($0, from: base, to: context), digits: 3)
          }
      },
      caption: """
        \(model.name), relative to the cost at \(Quantity.count.text(Double(base))). From \
        \(Quantity.count.text(model.crossing().rounded())) tokens on, a token spends more FLOPs on \
        attention than on all weight matrices together; with a causal kernel, from \
        \(Quantity.count.text(model.crossing(isCausal: true).rounded())) tokens on.
        """)
  }

  private func draw(_ notebook: Notebook, _ run: TrainingRun, _ price: Double) throws {
    let contexts = (11...17).map { Double(1 << $0) }
    try notebook.figure(
      "price-by-context",
      LinePlot(
        title: "Training \(run.model.name) at a longer context: what stays the same?",
        x: .log("context (tokens)", base: 2), y: .log("price (million dollars)"),
        series: CostConvention.allCases.map { convention in
          Series(
            convention.rawValue, x: contexts,
            y: contexts.map {
              price / 1e6 * run.model.costFactor(convention, from: run.context, to: Int($0))
            })
        } + [
          Series(
            "same tokens, causal kernel", x: contexts,
            y: contexts.map {
              price / 1e6
                * run.model.costFactor(
                  .sameTokens, from: run.context, to: Int($0), isCausal: true)
            }, style: .dashed)
        ],
        marks: [.vertical(100_000, "100K"), .horizontal(150, "the article: $150 M")]),
      caption: """
        The price at 100,000 tokens is between \(millions(price * factor(.sameTokens, run))) and \
        \(millions(price * factor(.sameSequences, run))), depending on what stays the same. The \
        article's number leaves out the additional cost of attention.
        """)
  }

  private func claimPrice(_ notebook: Notebook, _ run: TrainingRun, _ price: Double) {
    let base = Quantity.count.text(Double(run.context))
    notebook.claim(
      "price", "Price of training at \(base) tokens, in million dollars",
      price / 1e6, within: 3.065...3.075, from: .smoke, kind: .derived)
    notebook.claim(
      "factor-longer-sequences",
      "Same sequences, attention ignored: cost at 100,000 tokens divided by that at \(base)",
      factor(.longerSequences, run), within: 48.8...48.9, from: .smoke, as: .times, kind: .derived)
    notebook.claim(
      "factor-same-tokens", "Same tokens: cost at 100,000 tokens divided by that at \(base)",
      factor(.sameTokens, run), within: 2.885...2.895, from: .smoke, as: .times, kind: .derived)
    notebook.claim(
      "factor-same-sequences",
      "Same sequences, attention counted: cost at 100,000 tokens divided by that at \(base)",
      factor(.sameSequences, run), within: 140.5...141.5, from: .smoke, as: .times, kind: .derived)
    let causal = run.model.costFactor(
      .sameTokens, from: run.context, to: 100_000, isCausal: true)
    notebook.notice(
      "Fifty times is a choice, not a law",
      """
      Fifty times is 100,000 divided by 2,000 and nothing else: the same number of sequences, each \
      fifty times as long, so fifty times as many tokens. If the number of *tokens* stays the \
      same, training costs \(Quantity.times.text(factor(.sameTokens, run), digits: 3)) as much \
      (\(Quantity.times.text(causal, digits: 3)) with a causal kernel). Quadratic attention is the \
      smaller part of the FLOPs. It is the larger part of the memory.
      """)
  }

  /// The cost at 100,000 tokens relative to that at the published context.
  private func factor(_ convention: CostConvention, _ run: TrainingRun) -> Double {
    run.model.costFactor(convention, from: run.context, to: 100_000)
  }

  private func millions(_ dollars: Double) -> String {
    "$\(Quantity.plain.text(dollars / 1e6, digits: 3)) M"
  }
}
