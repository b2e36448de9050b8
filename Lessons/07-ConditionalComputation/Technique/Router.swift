import Autograd
import Foundation
import SmallTransformer
import TensorCore

/// How the tokens for the heavy branch are picked.
package enum RoutingRule: Hashable, Sendable {
  /// The k tokens of each sequence with the highest learned scores. The gate is the sigmoid of the
  /// score.
  case learned
  /// As `learned`, with Gumbel noise on the scores in training. The noise fades to zero at
  /// `untilStep`, so that the router tries every token before it settles.
  case learnedWithNoise(amplitude: Float, untilStep: Int)
  /// As `learned`, but the gate is the weight of the soft top-k.
  case softTopK
  /// Every n-th token. Nothing is learned, and the gate is 1.
  case everyNth
  /// Random tokens, new ones in each step. Nothing is learned, and the gate is 1.
  case random
  /// Every token whose learned score exceeds the threshold of its layer; see `threshold(for:of:)`.
  /// Each token is decided by its own score, so a later token changes nothing.
  case threshold([Float])

  var name: String {
    switch self {
    case .learned: "learned"
    case .learnedWithNoise(let amplitude, let step): "learned, noise \(amplitude) until \(step)"
    case .softTopK: "soft top-k"
    case .everyNth: "every n-th"
    case .random: "random"
    case .threshold(let values): "threshold \(values)"
    }
  }
}

extension RoutingRule {
  /// A threshold that a share of these scores exceeds, for the rule `threshold`.
  ///
  /// It lies in the middle between two neighboring scores. If it were itself a score, a token with
  /// that score (the same token at the same position, for example) would be routed or not by a
  /// rounding error. And the last bits of a score do depend on other tokens: a matrix product of
  /// another number of rows may add in another order. Neighbors that differ by less than
  /// 10⁻⁴ of the whole range count as equal; then the nearest pair that differs by more is taken.
  ///
  /// - Returns: infinity where all scores are equal, so that no token passes.
  package static func threshold(for share: Double, of scores: [Float]) -> Float {
    let sorted = scores.sorted(by: >)
    guard let most = sorted.first, let least = sorted.last, most > least else { return .infinity }
    func gap(_ count: Int) -> Float { sorted[count - 1] - sorted[count] }
    let wanted = min(max(Int(share * Double(sorted.count)), 1), sorted.count - 1)
    let count =
      (1..<sorted.count).filter { gap($0) > 1e-4 * (most - least) }
      .min { abs($0 - wanted) < abs($1 - wanted) } ?? wanted
    return sorted[count] + gap(count) / 2
  }
}

/// The rows that one router picked in one forward pass, and their scores.
package struct Routing {
  package let layer: Int
  /// Picked rows of `[batch · seq]`, ascending.
  package let rows: [Int32]
  /// One score per row of `[batch · seq]`; empty where the rule has no scores.
  package let scores: [Float]
  /// The scores that top-k compares: with noise, if the rule adds noise.
  package let noisyScores: [Float]
}

/// Collects the routings of forward passes. Not thread-safe.
package final class RoutingRecorder: @unchecked Sendable {
  package var routings: [Routing] = []
  package init() {}
}

/// Scores tokens and picks those that take the heavy branch.
struct Router {
  /// `[modelDim, 1]`; nil where the rule learns nothing. Starts at zero, so that no token is
  /// preferred.
  private let weight: Parameter?
  private let rule: RoutingRule
  private let capacity: Double
  private let recorder: RoutingRecorder?

  init(
    _ name: String, _ rule: RoutingRule, capacity: Double, width: Int,
    in parameters: ParameterSet, recorder: RoutingRecorder?
  ) {
    self.rule = rule
    self.capacity = capacity
    self.recorder = recorder
    switch rule {
    case .everyNth, .random: weight = nil
    case .learned, .softTopK, .learnedWithNoise, .threshold:
      weight = parameters.constant("\(name).router", [width, 1], 0)
    }
  }

  /// Picks rows of activations, `[batch, seq, modelDim]`.
  ///
  /// - Returns: the picked rows of `[batch · seq]`, ascending, the same number in each sequence, and
  ///   their gates, `[rows, 1]`; nil if no token exceeds the threshold, so that the heavy branch is
  ///   left out.
  /// - Precondition: with thresholds there is one sequence, because each would pass its own number.
  func callAsFunction(
    _ x: Variable, _ context: LayerContext
  ) -> (rows: [Int32], gates: Variable)? {
    let (tape, length) = (context.tape, context.length)
    let k = max(1, Int((capacity * Double(length)).rounded()))
    guard let weight else {
      let rows = unlearned(context, k)
      recorder?.routings.append(
        Routing(layer: context.layer, rows: rows, scores: [], noisyScores: []))
      return (rows, Variable(tape.backend.full(1, [rows.count, 1], .workspace)))
    }
    // [batch, seq, modelDim] → [batch · seq, 1]
    let scores = tape.linear(x, weight)
    let values = tape.backend.read(scores.value)
    let noisy = zip(values, noise(values.count, context)).map { $0 + $1 }
    let rows = picked(noisy, context, k)
    recorder?.routings.append(
      Routing(layer: context.layer, rows: rows, scores: values, noisyScores: noisy))
    return rows.isEmpty ? nil : (rows, gates(scores, rows, context, k))
  }

  /// Picks rows by a rule that learns nothing.
  private func unlearned(_ context: LayerContext, _ k: Int) -> [Int32] {
    let length = context.length
    return (0..<context.batchCount).flatMap { sequence -> [Int32] in
      let positions: [Int]
      if case .everyNth = rule {
        positions = (0..<k).map { $0 * length / k }
      } else {
        var generator = SeededGenerator(
          seed: UInt64(context.training?.step ?? 0), stream: "random \(context.layer) \(sequence)")
        positions = generator.permutation(length).prefix(k).sorted()
      }
      return positions.map { Int32(sequence * length + $0) }
    }
  }

  /// Picks rows by their scores.
  private func picked(
    _ scores: [Float], _ context: LayerContext, _ k: Int
  ) -> [Int32] {
    if case .threshold(let thresholds) = rule {
      precondition(
        context.batchCount == 1,
        "threshold routing: \(context.batchCount) sequences; use one at a time")
      return scores.indices.filter { scores[$0] > thresholds[context.layer] }.map(Int32.init)
    }
    return (0..<context.batchCount).flatMap { sequence -> [Int32] in
      let rows = sequence * context.length..<(sequence + 1) * context.length
      return rows.sorted { scores[$0] > scores[$1] }
        .prefix(k).sorted().map(Int32.init)
    }
  }

  /// Gumbel noise in training, whose amplitude falls linearly to zero; otherwise zeros.
  private func noise(_ count: Int, _ context: LayerContext) -> [Float] {
    guard case .learnedWithNoise(let amplitude, let last) = rule, let step = context.training?.step,
      step < last
    else { return [Float](repeating: 0, count: count) }
    var generator = SeededGenerator(
      seed: context.training?.dropoutSeed ?? 0, stream: "noise \(context.layer) \(step)")
    let scale = amplitude * (1 - Float(step) / Float(last))
    return (0..<count).map { _ in -scale * log(-log(max(1e-7, min(1 - 1e-7, generator.uniform()))))
    }
  }

  /// The gates of the picked rows, `[rows, 1]`, with a gradient to the scores.
  private func gates(
    _ scores: Variable, _ rows: [Int32], _ context: LayerContext, _ k: Int
  ) -> Variable {
    let tape = context.tape
    guard case .softTopK = rule, k < context.length else {
      return tape.onHost(tape.gatherRows(scores, rows)) { values in
        let gates = values.map { 1 / (1 + exp(-$0)) }
        return (gates, { zip(gates, $0).map { $0 * (1 - $0) * $1 } })
      }
    }
    let length = context.length
    let all = tape.onHost(scores) { values in
      let sequences = stride(from: 0, to: values.count, by: length).map {
        SoftTopK(Array(values[$0..<$0 + length]), k: Float(k))
      }
      return (
        sequences.flatMap(\.weights),
        { gradient in
          sequences.enumerated().flatMap { index, sequence in
            sequence.pullback(Array(gradient[index * length..<(index + 1) * length]))
          }
        }
      )
    }
    return tape.gatherRows(all, rows)
  }
}
