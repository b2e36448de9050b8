import LessonKit
import TensorCore

/// The limits of a machine (Williams et al., 2009): work with few FLOPs per byte waits for the
/// memory, work with many waits for the multiply-adds.
package struct Roofline: Codable {
  /// FLOP/s of multiply-adds.
  package let peak: Double
  /// Bytes per second read from memory.
  package let bandwidth: Double

  package init(peak: Double, bandwidth: Double) {
    self.peak = peak
    self.bandwidth = bandwidth
  }

  /// The FLOPs per byte at which both limits are equal.
  package var balance: Double { peak / bandwidth }

  /// The most FLOP/s that work with this many FLOPs per byte can reach.
  package func limit(_ intensity: Double) -> Double { min(peak, intensity * bandwidth) }
}

/// One half of a layer in one phase: its FLOPs, its bytes and its measured time.
package struct PhasePoint: Codable {
  package let phase: Phase
  package let half: LayerHalf
  package let flops: Double
  package let bytes: Double
  /// Median over the rounds.
  package let seconds: Double

  package var name: String { "\(phase.rawValue): \(half.name)" }
  /// FLOPs per byte.
  package var intensity: Double { flops / bytes }
  package var flopsPerSecond: Double { flops / seconds }
}

extension PhaseLayer {
  /// Measures every half in every phase in interleaved rounds, after one warm-up round.
  ///
  /// One token takes so little time that it runs several times in a row, with other weights each
  /// time.
  package func timed(
    rounds: Int, on backend: any Backend,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [PhasePoint] {
    let items = Phase.allCases.flatMap { phase in LayerHalf.allCases.map { (phase, $0) } }
    let samples = interleaved(items, rounds: rounds, progress: progress) { phase, half in
      let repeats = phase == .decoding ? 8 : 1
      let start = ContinuousClock.now
      for turn in 0..<repeats { run(phase, half, turn: turn) }
      backend.synchronize()
      return LessonKit.seconds(since: start) / Double(repeats)
    }
    return zip(items, samples).map { item, samples in
      PhasePoint(
        phase: item.0, half: item.1, flops: flops(item.0, item.1), bytes: bytes(item.0, item.1),
        seconds: median(samples))
    }
  }
}
