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

  /// What each claim measured on both, for those that no clock enters by name.
  static func text(_ first: RunRecord, _ second: RunRecord) -> String {
    let pairs = zip(first.claims, second.claims).filter { $0.0.quantity != .seconds }
    let lines = pairs.map { a, b in
      "  \(a.text): \(a.valueText ?? "–") \(a.sign), \(b.valueText ?? "–") \(b.sign)\n"
    }
    return "\(first.lesson.slug), by claim, on \(first.facts.device) and on "
      + "\(second.facts.device):\n" + lines.joined()
  }
}
