import Calculator
import LessonKit
import Plotting

/// Bytes by context for one stage, drawn and in a table.
extension MemoryAt100KLesson {
  private static let contexts = [2048, 8192, 32_768, 65_536, 100_000]

  private func estimate(_ stage: some Stage, context: Int) -> MemoryEstimate {
    var plan = stage.plan
    plan.context = context
    return plan.estimate
  }

  /// Stacked bars of all terms by context, up to twice the card. Nothing for a stage without a figure.
  func drawTerms(_ notebook: Notebook, _ stage: some Stage, terms: [MemoryEstimate.Kind]) throws {
    guard let figureName = stage.figureName else { return }
    let (plan, room) = (stage.plan, Card.bytes)
    let estimates = Self.contexts.map { (context: $0, bytes: estimate(stage, context: $0)) }
    let beyond = estimates.filter { $0.bytes.total > 2 * room }.map {
      "\(Quantity.count.text(Double($0.context))): \(gigabytes($0.bytes.total, digits: 3))"
    }
    let longest = plan.longestContext(within: room)
    try notebook.figure(
      "\(plan.use.rawValue)-\(figureName)",
      BarPlot(
        title: "\(plan.model.name), \(plan.use.rawValue): \(stage.name)",
        xLabel: "context (tokens), and total",
        y: .linear("memory on one card", range: 0...2 * room, unit: .bytes),
        categories: estimates.map { context, bytes in
          Quantity.count.text(Double(context)) + "\n" + gigabytes(bytes.total, digits: 3)
        },
        series: terms.map { term in
          BarPlot.Bars(
            term.rawValue, values: estimates.map { $0.bytes[term] }, of: term.concept)
        }, isStacked: true, marks: [.horizontal(room, "the card: \(gigabytes(room))")]),
      caption: """
        The longest context that fits is \
        \(longest.map { Quantity.count.text(Double($0)) } ?? "none") tokens. \
        \(beyond.isEmpty
          ? "All bars fit into the figure."
          : "Bars that are higher than the figure: \(beyond.joined(separator: ", ")).")
        """)
  }

  func tabulateFit<S: Stage>(_ notebook: Notebook, _ stages: [S]) {
    guard let use = stages.first?.plan.use else { return }
    notebook.table(
      "fit-\(use.rawValue)",
      columns: ["techniques"] + Self.contexts.map { Quantity.count.text(Double($0)) },
      rows: stages.map { stage in
        [stage.name]
          + Self.contexts.map { context in
            let total = estimate(stage, context: context).total
            return (total <= Card.bytes ? "✓ " : "✗ ") + gigabytes(total, digits: 3)
          }
      }, caption: "Bytes on one card by context; ✓ fits into \(gigabytes(Card.bytes)).")
  }
}

extension MemoryEstimate.Kind {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .weights: .weights
    case .gradients: .gradients
    case .optimizer: .optimizer
    case .activations: .activations
    case .cache: .cache
    case .logits: .logits
    case .workspace: .workspace
    }
  }
}
