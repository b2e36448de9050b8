import Calculator
import LessonKit
import Plotting

/// The section "The price of training": what a longer context costs in money.
extension CostLesson {
  /// The context of the article.
  private static let long = 100_000
  private static let contexts = [2048, 8192, 32_768, 65_536, long]
  private static let dollarsPerHour = 3.0

  func computePrice(_ notebook: Notebook) throws {
    let run = TrainingRun.llama65B
    let price = run.gpuHours * Self.dollarsPerHour
    notebook.heading("The price of training")
    notebook.say(
      """
      LLaMA's largest model took \(Quantity.count.text(run.gpuHours)) hours of A100 GPUs at a \
      context of \(Quantity.count.text(Double(run.context))) tokens (\(run.source)). At an \
      assumed $\(Quantity.plain.text(Self.dollarsPerHour)) per hour that is \(millions(price)). The \
      article's price at 100,000 tokens is $150 M: fifty times as much, because 100K is fifty \
      times 2K. But what stays the same? There are three answers, with very different prices.
      """)
    bridge(notebook)
    notebook.show("costFactor", in: "Sources/Calculator/Work/TrainingCost.swift")
    for model in ["LLaMA 7B", "LLaMA 65B"].compactMap(ModelShape.published) {
      tabulate(notebook, model, from: run.context)
    }
    try draw(notebook, run, price)
    claimPrice(notebook, run, price)
  }

  /// From the FLOPs of a layer to those of a training run, and the numbers by hand.
  private func bridge(_ notebook: Notebook) {
    notebook.say(
      """
      First go from one layer to a whole model. A layer has 12d² weights in its matrices (3d² + d² \
      + 4d² + 4d²), and its linear layers cost 24nd² = 2 · 12d² · n. So a forward pass costs two \
      FLOPs per weight and token, and training three times as much: six. Attention costs 4n²d per \
      layer, so 4nd per token; over L layers and three passes that is 12Lnd.
      """)
    notebook.formula(
      #"""
      \text{a layer:} \quad 24 n d^2 = 2 \cdot 12 d^2 \cdot n
      \text{forward, per token:} \quad 2N + 4 L H Q T
      \text{training, per token:} \quad 6N + 12 L H Q T
      """#,
      legend: """
        N weights, L layers, H heads of width Q (HQ = d), T the context (Chowdhery et al., 2022, \
        appendix B). A causal kernel needs half of the second term.
        """)
    let run = TrainingRun.llama65B
    let model = run.model
    notebook.example(
      "\(model.name), FLOPs per token by hand",
      columns: ["context T", "6N", "12 · L · H · Q · T", "sum", "attention's share"],
      rows: [run.context, Self.long].map { context in
        let attention = model.attentionTrainingFlops(context: context)
        let all = model.trainingFlopsPerToken(context: context)
        return [
          Quantity.count.text(Double(context)), giga(all - attention), giga(attention), giga(all),
          Quantity.percent.text(attention / all, digits: 2),
        ]
      },
      result: """
        N is \(Quantity.plain.text(model.activeParameterCount / 1e9, digits: 3)) billion, the same \
        at both lengths.
        """)
    notebook.example(
      "The factor \(times(factor(.sameSequences, run))) by hand",
      columns: ["what grows", "from", "to", "factor"],
      rows: [
        [
          "tokens, if the number of sequences stays", Quantity.count.text(Double(run.context)),
          Quantity.count.text(Double(Self.long)), times(factor(.longerSequences, run)),
        ],
        [
          "FLOPs per token", giga(model.trainingFlopsPerToken(context: run.context)),
          giga(model.trainingFlopsPerToken(context: Self.long)), times(factor(.sameTokens, run)),
        ],
      ],
      result: """
        \(times(factor(.longerSequences, run))) · \(times(factor(.sameTokens, run))) = \
        \(times(factor(.sameSequences, run))). The first factor is a choice. Only the second is \
        attention.
        """)
  }

  private func giga(_ flops: Double) -> String {
    "\(Quantity.plain.text(flops / 1e9, digits: 3)) GFLOP"
  }

  private func times(_ factor: Double) -> String { Quantity.plain.text(factor, digits: 3) }

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
        marks: [.vertical(Double(Self.long), "100K"), .horizontal(150, "the article: $150 M")]),
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
      .sameTokens, from: run.context, to: Self.long, isCausal: true)
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
    run.model.costFactor(convention, from: run.context, to: Self.long)
  }

  private func millions(_ dollars: Double) -> String {
    "$\(Quantity.plain.text(dollars / 1e6, digits: 3)) M"
  }
}
