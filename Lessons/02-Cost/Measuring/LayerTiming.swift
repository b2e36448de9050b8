import Foundation
import LessonKit
import TensorCore

/// Measured seconds of every part of a layer, at several lengths and one width.
package struct LayerTiming: Codable {
  /// One length.
  package struct Point: Codable {
    package let length: Int
    /// Median over the rounds.
    package let seconds: Keyed<Part, Double>

    package init(length: Int, seconds: Keyed<Part, Double>) {
      self.length = length
      self.seconds = seconds
    }

    package var linearSeconds: Double {
      Part.allCases.filter(\.isLinear).reduce(0) { $0 + seconds[$1] }
    }
    package var totalSeconds: Double { linearSeconds + seconds[.attention] }
  }

  package let width: Int
  /// In ascending order of the length.
  package let points: [Point]

  package init(width: Int, points: [Point]) {
    self.width = width
    self.points = points
  }

  /// Measures every part at every length in interleaved rounds, after one warm-up round.
  ///
  /// One call at a short length takes less time than a clock can resolve, so it runs several times
  /// in a row.
  package init(
    lengths: [Int], width: Int, rounds: Int, seed: UInt64, on backend: any Backend,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    self.width = width
    let layers = lengths.map { LayerParts(n: $0, d: width, seed: seed, on: backend) }
    let items = layers.flatMap { layer in Part.allCases.map { (layer: layer, part: $0) } }
    let samples = interleaved(items, rounds: rounds, progress: progress) { layer, part in
      let repeats = max(1, 2048 / layer.n)
      let start = ContinuousClock.now
      for _ in 0..<repeats { layer.run(part) }
      backend.synchronize()
      return LessonKit.seconds(since: start) / Double(repeats)
    }
    var medians: [Int: [Part: Double]] = [:]
    for (item, rounds) in zip(items, samples) {
      medians[item.layer.n, default: [:]][item.part] = median(rounds)
    }
    points = lengths.map { length in
      Point(length: length, seconds: Keyed { medians[length]?[$0] ?? .nan })
    }
  }

  /// The exponent of the time from each length to the next: 1 for proportional, 2 for quadratic.
  package var exponents: [Double] {
    zip(points, points.dropFirst()).map { short, long in
      log(long.totalSeconds / short.totalSeconds)
        / log(Double(long.length) / Double(short.length))
    }
  }

  /// The mean of the first `count` exponents.
  package func exponent(overFirst count: Int) -> Double {
    let first = exponents.prefix(count)
    return first.reduce(0, +) / Double(max(1, first.count))
  }

  /// The length, in widths, at which attention takes the same time as the linear layers,
  /// interpolated between the two measured lengths on either side; nil where there are none.
  package var crossing: Double? {
    func ratio(_ point: Point) -> Double { point.seconds[.attention] / point.linearSeconds }
    guard
      let (short, long) = zip(points, points.dropFirst()).first(where: {
        ratio($0) < 1 && ratio($1) >= 1
      })
    else { return nil }
    let share = -log(ratio(short)) / log(ratio(long) / ratio(short))
    let growth = log(Double(long.length) / Double(short.length))
    return Double(short.length) * exp(share * growth) / Double(width)
  }
}
