import Autograd
import Foundation
import LessonKit
import SmallTransformer
import SystemSupport
import TensorCore

/// Compares two devices: logits, every gradient, and ten training steps of three small models.
///
/// Comparing only losses would miss errors, because AdamW does not depend on the scale of a
/// gradient. The claims of a lesson are printed side by side, without a bound. Two devices round
/// differently, so their weights differ after hundreds of steps, and times differ anyway.
package enum DeviceAgreement {
  /// Bounds of the largest difference divided by the largest value, for logits, gradients and
  /// losses.
  static let bounds = (logits: 1e-5, gradients: 1e-4, losses: 1e-4)

  package struct Comparison: Encodable {
    package let model: String
    /// Largest relative differences; infinite if a value is NaN.
    let logits: Double
    let gradients: Double
    let losses: Double
    let lastLosses: (Double, Double)

    private enum CodingKeys: String, CodingKey {
      case model, logits, gradients, losses, lastLosses, agrees
    }

    /// A number that JSON does not have is null.
    package func encode(to encoder: any Encoder) throws {
      func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
      var box = encoder.container(keyedBy: CodingKeys.self)
      try box.encode(model, forKey: .model)
      try box.encode(finite(logits), forKey: .logits)
      try box.encode(finite(gradients), forKey: .gradients)
      try box.encode(finite(losses), forKey: .losses)
      try box.encode([lastLosses.0, lastLosses.1].map(finite), forKey: .lastLosses)
      try box.encode(agrees, forKey: .agrees)
    }

    package var agrees: Bool {
      logits <= bounds.logits && gradients <= bounds.gradients && losses <= bounds.losses
    }
  }

  /// Compares two devices, with the same weights and the same tokens on both.
  package static func compare(_ first: any Backend, _ second: any Backend) -> [Comparison] {
    let models = [
      ("GPT", TransformerConfiguration.gpt(modelDim: 64, layerCount: 2)),
      (
        "LLaMA",
        TransformerConfiguration.llama(modelDim: 64, layerCount: 2, headCount: 4, kvHeadCount: 2)
      ),
      (
        "ALiBi in a window",
        TransformerConfiguration.gpt(modelDim: 64, layerCount: 2, positions: ALiBi())
          .with(pattern: SlidingWindow(37))
      ),
    ]
    return models.map { name, configuration in
      let (a, b) = (pass(configuration, on: first), pass(configuration, on: second))
      let (c, d) = (losses(configuration, on: first), losses(configuration, on: second))
      let all = a.gradients.joined().map { abs($0) }.max() ?? 0
      // The gradient of a key's bias is nearly zero. Its difference is divided by a fraction of the
      // largest gradient instead.
      let gradients = zip(a.gradients, b.gradients).map { difference($0, $1, atLeast: all * 1e-3) }
      return Comparison(
        model: name, logits: difference(a.logits, b.logits), gradients: largest(gradients),
        losses: largest(zip(c, d).map { abs($0 - $1) / abs($0) }),
        lastLosses: (c.last ?? .nan, d.last ?? .nan))
    }
  }

  /// The largest difference divided by the largest value.
  private static func difference(_ a: [Float], _ b: [Float], atLeast floor: Float = 0) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = max(a.map { abs($0) }.max() ?? 0, floor, .leastNormalMagnitude)
    return largest(zip(a, b).map { Double(abs($0 - $1) / scale) })
  }

  /// The largest difference; infinite if one is NaN, since NaN never counts as equal.
  private static func largest(_ differences: [Double]) -> Double {
    differences.contains { !$0.isFinite } ? .infinity : differences.max() ?? 0
  }

  /// Logits and gradients at a length that no tile size divides. The weights are changed from their
  /// initial values, at which attention is nearly uniform and half of its gradients are nearly
  /// zero.
  private static func pass(
    _ configuration: TransformerConfiguration, on backend: any Backend
  ) -> (logits: [Float], gradients: [[Float]]) {
    let model = Transformer(configuration, on: backend, seed: 1)
    var generator = SeededGenerator(seed: 1, stream: "agreement, weights")
    for parameter in model.parameters.all {
      let moved = backend.read(parameter.value).map { $0 + 0.1 * generator.normal() }
      backend.write(moved, to: parameter.value)
    }
    let tokens = tokens(2 * 139 + 1, "agreement, text")
    let inputs = Array(tokens.dropLast())
    let logits = model.logits(inputs, batch: 2, tape: Tape(backend, isRecording: false)).value
    let tape = Tape(backend)
    tape.backward(
      from: model.loss(inputs, targets: Array(tokens.dropFirst()), batch: 2, tape: tape))
    return (
      backend.read(logits),
      model.parameters.all.map { $0.gradient.map(backend.read) ?? [] }
    )
  }

  private static func tokens(_ count: Int, _ stream: String) -> [Int32] {
    var generator = SeededGenerator(seed: 1, stream: stream)
    return (0..<count).map { _ in Int32(generator.integer(below: 64)) }
  }

  private static func losses(
    _ configuration: TransformerConfiguration, on backend: any Backend
  ) -> [Double] {
    let schedule = TrainingSchedule(
      batchCount: 2, length: 96, stepCount: 10, peakLearningRate: 2e-3)
    let trainer = Trainer(Transformer(configuration, on: backend, seed: 1), schedule)
    var generator = SeededGenerator(seed: 1, stream: "agreement")
    return (0..<schedule.stepCount).map { _ in
      let tokens = (0...schedule.tokensPerStep).map { _ in Int32(generator.integer(below: 64)) }
      return trainer.takeStep(
        inputs: Array(tokens.dropLast()), targets: Array(tokens.dropFirst())
      ).loss
    }
  }

  /// One line per model.
  static func text(_ comparisons: [Comparison]) -> String {
    func part(_ name: String, _ value: Double, _ bound: Double) -> String {
      "\(name) \(Quantity.plain.text(value, digits: 2)) (at most \(bound))"
    }
    return comparisons.map { comparison in
      let parts = [
        part("logits", comparison.logits, bounds.logits),
        part("gradients", comparison.gradients, bounds.gradients),
        part("losses of ten training steps", comparison.losses, bounds.losses),
      ]
      let last = [comparison.lastLosses.0, comparison.lastLosses.1].map {
        Quantity.plain.text($0, digits: 7)
      }
      return "\(comparison.agrees ? "✓" : "✗") \(comparison.model), largest relative difference: "
        + "\(parts.joined(separator: ", ")); the last losses: \(last[0]) and \(last[1]).\n"
    }.joined()
  }

  /// A table of the measured values of all claims on both devices, except for claims in seconds.
  /// The values come first, because claims are long.
  static func text(
    _ first: RunRecord, _ second: RunRecord,
    style: TerminalStyle = Terminal.standardOutput.style(noColor: true)
  ) -> String {
    let rows = zip(first.claims, second.claims).filter { $0.0.quantity != .seconds }.map {
      (a: value($0), b: value($1), claim: Markdown.plainText(of: $0.text).terminalLine)
    }
    let columns = [rows.map(\.a.terminalColumns), rows.map(\.b.terminalColumns)]
    let widths = columns.map { $0.max() ?? 0 }
    let margin = String(repeating: " ", count: 2 + widths[0] + 3 + widths[1] + 3)
    let lines = rows.map { row in
      let claim = style.paragraph(row.claim, indent: margin)
      return "  \(row.a.padded(toColumns: widths[0]))   \(row.b.padded(toColumns: widths[1]))   "
        + claim.dropFirst(margin.count) + "\n"
    }
    return """
      \(first.lesson.slug), measured values of the claims (✓ holds, ✗ fails, – not checked):
        A  \(first.facts.device.terminalLine)
        B  \(second.facts.device.terminalLine)

        \("A".padded(toColumns: widths[0]))   \("B".padded(toColumns: widths[1]))   claim

      """ + lines.joined()
  }

  private static func value(_ claim: Claim) -> String {
    "\(claim.sign) \((claim.valueText ?? "not measured").terminalLine)"
  }
}
