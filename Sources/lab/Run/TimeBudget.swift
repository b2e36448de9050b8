import Bench
import Foundation
import LessonKit
import SystemSupport
import TensorCore

/// An estimate of how long a lesson takes on this machine, from one second of measuring.
///
/// The seconds on the lessons' cards are for a machine on which one training step of the probe
/// takes `referenceSeconds`.
package struct TimeBudget {
  /// Seconds of a training step of the standard model (16 sequences of 256 tokens, width 128, 4
  /// layers) on the 2-core machine of the cards.
  static let referenceSeconds = 0.155

  /// Seconds of a training step on this machine without other programs, divided by
  /// `referenceSeconds`.
  package let slowness: Double
  /// The same beside the other programs that run now; at least `slowness`.
  package let busySlowness: Double

  package init(slowness: Double, busySlowness: Double? = nil) {
    self.slowness = slowness
    self.busySlowness = max(slowness, busySlowness ?? slowness)
  }

  /// Runs training steps for about `duration` seconds.
  ///
  /// The fastest step counts. Other programs may have slowed it down; the time that a thread waited
  /// for a processor is what they took. Under a CPU quota a step may be faster than the quota
  /// allows in the long run, so a step takes at least its CPU time divided by the processors that
  /// lab may use.
  static func measure(
    _ backend: any Backend, duration: Double = 1,
    processors: Double = HostLimits.current.processors.amount
  ) -> TimeBudget {
    let work = TrainingWorkload(
      batchCount: 16, length: 256, modelDim: 128, headCount: 4, layerCount: 4
    ).prepare(on: backend)
    let start = ContinuousClock.now
    var (fastest, fastestBusy) = (Double.infinity, Double.infinity)
    repeat {
      let before = ProcessorWait.now
      let sample = Sample.timing(1, finish: backend.synchronize) { _ = work.run() }
      let waited = min(ProcessorWait.now.longest(since: before), sample.seconds)
      let least = sample.cpuSeconds / processors
      fastest = min(fastest, max(sample.seconds - waited, least))
      fastestBusy = min(fastestBusy, max(sample.seconds, least))
    } while seconds(since: start) < duration
    return TimeBudget(
      slowness: fastest / referenceSeconds, busySlowness: fastestBusy / referenceSeconds)
  }

  /// Whether other programs slow down this one by more than a quarter.
  package var isBusy: Bool { busySlowness > 1.25 * slowness }

  /// The expected seconds of a lesson without other programs. `full` does ten times the work of
  /// `standard`. At `smoke` every lesson takes about half a second.
  package func expectedSeconds(of card: LessonCard, at scale: Scale) -> Double {
    let standard = Double(card.standardSeconds)
    return slowness * scale.pick(smoke: 0.6, standard: standard, full: 10 * standard)
  }

  package func expectedSeconds(of cards: [LessonCard], at scale: Scale) -> Double {
    cards.reduce(0) { $0 + expectedSeconds(of: $1, at: scale) }
  }

  /// The largest scale below `scale` at which all these lessons take at most `limit` seconds; nil if
  /// there is none.
  func largestScale(
    for cards: [LessonCard], within limit: Double, below scale: Scale
  ) -> Scale? {
    Scale.allCases.reversed().first { $0 < scale && expectedSeconds(of: cards, at: $0) <= limit }
  }
}

/// The lessons would take longer than `--budget` allows.
struct OverBudget: Error, CustomStringConvertible {
  let lessons: String
  let expectedSeconds: Double
  let minutes: Double
  let smaller: Scale?

  var description: String {
    let hint =
      smaller.map { "With --scale \($0.rawValue) it fits." }
      ?? "--scale smoke does not fit either. Allow more minutes, or run fewer lessons."
    return "\(lessons) takes about \(Quantity.seconds.text(expectedSeconds.rounded())) on this "
      + "machine, and --budget allows \(Quantity.seconds.text(minutes * 60)). \(hint)"
  }
}
