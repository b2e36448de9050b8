import Calculator
import LessonKit
import Plotting

/// A waterfall and a table for the stages of one use.
extension MemoryAt100KLesson {
  /// From the bytes of the first stage to those of the last; every line is what one technique
  /// removes.
  func drawWaterfall<S: Stage>(_ notebook: Notebook, _ stages: [S]) throws {
    guard let first = stages.first, let last = stages.last else { return }
    let use = first.plan.use
    let totals = stages.map { $0.plan.estimate.total }
    let before = [totals[0]] + totals.dropLast()
    let place = use == .training ? "on each of \(TrainingStage.deviceCount) cards" : "on one card"
    try notebook.figure(
      "waterfall-\(use.rawValue)",
      DotPlot(
        title: "\(first.plan.model.name), \(use.rawValue) with 100,000 tokens, \(place)",
        x: .log("memory of a card", unit: .bytes),
        categories: zip(stages, totals).enumerated().map { index, stage in
          (index == 0 ? "" : "+ ") + "\(stage.0.name): \(gigabytes(stage.1, digits: 3))"
        },
        series: [
          .init(
            "", values: totals, low: zip(totals, before).map(min),
            high: zip(totals, before).map(max),
            of: .reference)
        ], marks: [.vertical(Card.bytes, gigabytes(Card.bytes))]),
      caption: """
        From \(gigabytes(totals.first ?? .nan, digits: 3)) to \
        \(gigabytes(totals.last ?? .nan, digits: 3)): a dot is what is needed with all techniques up \
        to this line, and the line to its right is what the technique removes. The last one is \
        \(last.name).
        """)
  }

  func tabulateFit<S: Stage>(_ notebook: Notebook, _ stages: [S]) {
    guard let use = stages.first?.plan.use else { return }
    var before: Double?
    notebook.table(
      "fit-\(use.rawValue)",
      columns: ["techniques", "total", "removed", "largest term left", "longest context"],
      rows: stages.enumerated().map { index, stage in
        let estimate = stage.plan.estimate
        let removed = before.map { gigabytes($0 - estimate.total, digits: 3) } ?? ""
        before = estimate.total
        return [
          (index == 0 ? "" : "+ ") + stage.name,
          (estimate.total <= Card.bytes ? "✓ " : "✗ ") + gigabytes(estimate.total, digits: 3),
          removed, largestTerm(of: estimate),
          longest(stage).map { Quantity.count.text($0) } ?? "none",
        ]
      },
      caption: """
        \(stages[0].plan.model.name) at 100,000 tokens; ✓ fits into \(gigabytes(Card.bytes)). The \
        last column is the longest context that fits.
        """)
  }

  /// The name and the bytes of an estimate's largest term.
  func largestTerm(of estimate: MemoryEstimate) -> String {
    guard let term = estimate.terms.max(by: { $0.bytes < $1.bytes }) else { return "" }
    return "\(term.name), \(gigabytes(term.bytes, digits: 3))"
  }

  /// Tokens; nil where not even one fits.
  func longest(_ stage: some Stage) -> Double? {
    stage.plan.longestContext(within: Card.bytes).map(Double.init)
  }
}
