import Autograd
import Foundation
import SmallTransformer
import TensorCore

/// How the tokens for the heavy branch are chosen.
package enum Choice: Hashable, Sendable {
  /// By a learned score, each sequence its k highest. The gate is the score's sigmoid.
  case learned
  /// By a learned score with noise that fades, so that all tokens are tried before a habit sets.
  case explored(noise: Float, untilStep: Int)
  /// By a learned score; the gate is the soft top-k's weight.
  case soft
  /// Every n-th token.
  case fixed
  /// Drawn anew each time.
  case random
  /// Every token whose score passes a threshold: decided by the token alone, so a later one changes
  /// nothing.
  case threshold([Float])

  var name: String {
    switch self {
    case .learned: "learned"
    case .explored(let noise, let step): "learned, noise \(noise) until \(step)"
    case .soft: "soft top-k"
    case .fixed: "every n-th"
    case .random: "random"
    case .threshold(let values): "threshold \(values)"
    }
  }
}

/// Which rows took the heavy branch, and with what scores.
package struct Routed {
  package let layer: Int
  /// Rows of `[batch · seq]`.
  package let rows: [Int32]
  /// One a row of `[batch · seq]`; empty where nothing was scored.
  package let scores: [Float]
  /// What decided: the scores, with noise while exploring.
  package let decisive: [Float]
}

/// Sees every routing of a pass. Used from one thread.
package final class RoutingWatch: @unchecked Sendable {
  package var routed: [Routed] = []
  package init() {}
}

/// Scores tokens and picks those that take the heavy branch.
struct Router {
  /// `[modelDim, 1]`; nil where nothing is learned. Zero to begin with: no token is preferred.
  private let weight: Parameter?
  private let choice: Choice
  private let capacity: Double
  private let watch: RoutingWatch?

  init(
    _ name: String, _ choice: Choice, capacity: Double, width: Int, in parameters: ParameterSet,
    watch: RoutingWatch?
  ) {
    self.choice = choice
    self.capacity = capacity
    self.watch = watch
    switch choice {
    case .fixed, .random: weight = nil
    case .learned, .soft, .explored, .threshold:
      weight = parameters.constant("\(name).router", [width, 1], 0)
    }
  }

  /// Rows in ascending order, the same number for every sequence (except by threshold), and the gate
  /// of each, `[rows, 1]`.
  func callAsFunction(
    _ x: Variable, _ pass: ForwardPass, layer: Int
  ) -> (rows: [Int32], gates: Variable) {
    let (tape, length) = (pass.tape, pass.length)
    let k = max(1, Int((capacity * Double(length)).rounded()))
    guard let weight else {
      let rows = unlearned(pass, k, layer: layer)
      watch?.routed.append(Routed(layer: layer, rows: rows, scores: [], decisive: []))
      return (rows, Variable(tape.backend.full(1, [rows.count, 1], .workspace)))
    }
    // [batch, seq, modelDim] → [batch · seq, 1]
    let scores = tape.linear(x, weight)
    let numbers = tape.backend.read(scores.value)
    let noisy = zip(numbers, noise(numbers.count, pass, layer: layer)).map { $0 + $1 }
    let rows = picked(noisy, pass, k, layer: layer)
    watch?.routed.append(Routed(layer: layer, rows: rows, scores: numbers, decisive: noisy))
    return (rows, gates(scores, rows, pass, k))
  }

  private func unlearned(_ pass: ForwardPass, _ k: Int, layer: Int) -> [Int32] {
    let length = pass.length
    return (0..<pass.batchCount).flatMap { sequence -> [Int32] in
      let places: [Int]
      if case .fixed = choice {
        places = (0..<k).map { $0 * length / k }
      } else {
        var generator = SeededGenerator(
          seed: UInt64(pass.training?.step ?? 0), stream: "random \(layer) \(sequence)")
        places = generator.permutation(length).prefix(k).sorted()
      }
      return places.map { Int32(sequence * length + $0) }
    }
  }

  private func picked(
    _ scores: [Float], _ pass: ForwardPass, _ k: Int, layer: Int
  ) -> [Int32] {
    if case .threshold(let thresholds) = choice {
      let rows = scores.indices.filter { scores[$0] > thresholds[layer] }
      // One row at least, so that there is something to compute; its gate is what it is.
      let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      return (rows.isEmpty ? [best] : rows).map(Int32.init)
    }
    return (0..<pass.batchCount).flatMap { sequence -> [Int32] in
      let rows = sequence * pass.length..<(sequence + 1) * pass.length
      return rows.sorted { scores[$0] > scores[$1] }
        .prefix(k).sorted().map(Int32.init)
    }
  }

  /// Gumbel noise in training, less with every step.
  private func noise(_ count: Int, _ pass: ForwardPass, layer: Int) -> [Float] {
    guard case .explored(let amplitude, let last) = choice, let step = pass.training?.step,
      step < last
    else { return [Float](repeating: 0, count: count) }
    var generator = SeededGenerator(
      seed: pass.training?.dropoutSeed ?? 0, stream: "noise \(layer) \(step)")
    let scale = amplitude * (1 - Float(step) / Float(last))
    return (0..<count).map { _ in -scale * log(-log(max(1e-7, min(1 - 1e-7, generator.uniform()))))
    }
  }

  private func gates(
    _ scores: Variable, _ rows: [Int32], _ pass: ForwardPass, _ k: Int
  ) -> Variable {
    let tape = pass.tape
    guard case .soft = choice, k < pass.length else {
      return tape.onHost(tape.gatherRows(scores, rows)) { numbers in
        let gates = numbers.map { 1 / (1 + exp(-$0)) }
        return (gates, { zip(gates, $0).map { $0 * (1 - $0) * $1 } })
      }
    }
    let length = pass.length
    let all = tape.onHost(scores) { numbers in
      let sequences = stride(from: 0, to: numbers.count, by: length).map {
        SoftTopK(Array(numbers[$0..<$0 + length]), k: Float(k))
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
