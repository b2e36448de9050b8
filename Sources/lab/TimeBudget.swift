import Bench
import Foundation
import LessonKit
import TensorCore

/// How long a lesson will take on this machine, from a second of measuring.
///
/// The seconds on the lessons' cards belong to a machine on which one training step of the probe's
/// model takes `referenceSeconds`. The fastest step counts: others may be using the machine just now.
struct TimeBudget {
  /// A training step of the standard model (16 sequences of 256 tokens, width 128, 4 layers) on the
  /// 2-core machine of the cards.
  static let referenceSeconds = 0.165

  /// This machine's step by the reference's.
  let slowness: Double

  /// Runs training steps for about a second.
  static func probe(_ backend: any Backend, seconds: Double = 1) -> TimeBudget {
    let work = TrainingWorkload(
      batchCount: 16, length: 256, modelDim: 128, headCount: 4, layerCount: 4
    ).prepare(on: backend)
    let start = ContinuousClock.now
    var fastest = Double.infinity
    repeat {
      let began = ContinuousClock.now
      _ = work.run()
      fastest = min(fastest, (ContinuousClock.now - began).seconds)
    } while (ContinuousClock.now - start).seconds < seconds
    return TimeBudget(slowness: fastest / referenceSeconds)
  }

  /// About how long a lesson takes here. `full` has ten times the budget of `standard`; at `smoke`
  /// each takes a second or less, whatever its card says.
  func seconds(of card: LessonCard, at scale: Scale) -> Double {
    let standard = Double(card.standardSeconds)
    return slowness * scale.pick(smoke: 1, standard: standard, full: 10 * standard)
  }

  /// The largest scale at which all these lessons fit; nil where none does.
  func largestScale(for cards: [LessonCard], within seconds: Double) -> Scale? {
    Scale.allCases.reversed().first { scale in
      cards.reduce(0) { $0 + self.seconds(of: $1, at: scale) } <= seconds
    }
  }
}

/// Lessons that will not be done in the time that the reader gave.
struct OverBudget: Error, CustomStringConvertible {
  let lessons: String
  let predicted: Double
  let minutes: Double
  let smaller: Scale?

  var description: String {
    let wayOut =
      smaller.map { "Smaller: lab run \(lessons) --scale \($0.rawValue)" }
      ?? "Not even --scale smoke fits; take one lesson at a time, or give it more."
    return "\(lessons) takes about \(Quantity.seconds.text(predicted.rounded())) here, by a probe "
      + "of one second; --budget allows \(Quantity.seconds.text(minutes * 60)). \(wayOut)"
  }
}
