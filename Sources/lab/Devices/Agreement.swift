import Autograd
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// Whether two devices compute the same: ten training steps of two small models, and, for a reader
/// to compare, what each claim of a lesson measured on both.
///
/// Only the loss curves are held against a bound. After hundreds of steps two devices that round
/// differently are at different weights, and times and rates differ by right.
enum Agreement {
  /// The largest relative difference of a loss.
  static let bound = 1e-4

  struct Curve {
    let model: String
    let largestDifference: Double
    let lastLosses: (Double, Double)

    var agrees: Bool { largestDifference <= bound }
  }

  /// Ten steps of AdamW from the same weights on the same tokens.
  static func curves(_ first: any Backend, _ second: any Backend) -> [Curve] {
    let models = [
      ("GPT", TransformerConfiguration.gpt(modelDim: 64, layerCount: 2)),
      (
        "LLaMA",
        TransformerConfiguration.llama(modelDim: 64, layerCount: 2, headCount: 4, kvHeadCount: 2)
      ),
    ]
    return models.map { name, configuration in
      let (a, b) = (losses(configuration, on: first), losses(configuration, on: second))
      let differences = zip(a, b).map { abs($0 - $1) / max(abs($0), 1e-12) }
      // A loss that is no number agrees with nothing.
      let largest = differences.contains { !$0.isFinite } ? .infinity : differences.max() ?? 0
      return Curve(
        model: name, largestDifference: largest, lastLosses: (a.last ?? .nan, b.last ?? .nan))
    }
  }

  private static func losses(
    _ configuration: TransformerConfiguration, on backend: any Backend
  ) -> [Double] {
    let plan = TrainingPlan(batchCount: 2, length: 96, stepCount: 10, peakLearningRate: 2e-3)
    let trainer = Trainer(Transformer(configuration, on: backend, seed: 1), plan)
    var generator = SeededGenerator(seed: 1, stream: "agreement")
    return (0..<plan.stepCount).map { _ in
      let tokens = (0...plan.tokensPerStep).map { _ in Int32(generator.integer(below: 64)) }
      return trainer.takeStep(
        inputs: Array(tokens.dropLast()), targets: Array(tokens.dropFirst())
      ).loss
    }
  }

  /// A line for each model and one for the verdict.
  static func text(_ curves: [Curve]) -> String {
    curves.map { curve in
      """
      \(curve.agrees ? "✓" : "✗") \(curve.model), ten training steps: losses differ by at most \
      \(Quantity.plain.text(curve.largestDifference)) of themselves, bound \
      \(Quantity.plain.text(bound)); the last is \(Quantity.plain.text(curve.lastLosses.0)) and \
      \(Quantity.plain.text(curve.lastLosses.1)).

      """
    }.joined()
  }

  /// What each claim measured on both, for those that no clock enters by name: a table with the
  /// values in front, since a claim is as long as its sentence.
  static func text(
    _ first: RunRecord, _ second: RunRecord,
    style: TerminalStyle = Terminal.standardOutput.style(noColor: true)
  ) -> String {
    let rows = zip(first.claims, second.claims).filter { $0.0.quantity != .seconds }.map {
      (a: value($0), b: value($1), claim: $0.text)
    }
    let widths = [rows.map(\.a.count), rows.map(\.b.count)].map { $0.max() ?? 0 }
    let margin = String(repeating: " ", count: 2 + widths[0] + 3 + widths[1] + 3)
    let lines = rows.map { row in
      let claim = style.text(row.claim.split(separator: " ").map(String.init), indent: margin)
      return "  \(padded(row.a, widths[0]))   \(padded(row.b, widths[1]))   "
        + claim.dropFirst(margin.count) + "\n"
    }
    return """
      \(first.lesson.slug), what each claim measured; ✓ holds, ✗ fails, – is not checked:
        A  \(first.facts.device)
        B  \(second.facts.device)

        \(padded("A", widths[0]))   \(padded("B", widths[1]))   claim

      """ + lines.joined()
  }

  private static func value(_ claim: Claim) -> String {
    "\(claim.sign) \(claim.valueText ?? "not measured")"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
