import Foundation
import TensorCore

/// Seconds of every part of a layer, over several lengths at one width.
package struct LayerClock: Codable {
  package let width: Int
  package let lengths: [Int]
  private let medians: [[Part: Double]]

  /// Every length and part runs once in each round, so that a machine that changes its speed changes
  /// it for all; the first round does not count, the median of the others does. A length that takes
  /// too little for the clock runs several times in a row.
  package init(
    lengths: [Int], width: Int, rounds: Int, seed: UInt64, on backend: any Backend,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    self.width = width
    self.lengths = lengths
    let layers = lengths.map { LayerParts(n: $0, d: width, seed: seed, on: backend) }
    var times = [[Part: [Double]]](repeating: [:], count: lengths.count)
    for round in 0...rounds {
      for (index, layer) in layers.enumerated() {
        let repeats = max(1, 2048 / layer.n)
        for part in Part.allCases {
          let start = ContinuousClock.now
          for _ in 0..<repeats { layer.run(part) }
          backend.finish()
          let taken = ContinuousClock.now - start
          let seconds =
            Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
          if round > 0 { times[index][part, default: []].append(seconds / Double(repeats)) }
        }
      }
      progress(round + 1, rounds + 1)
    }
    medians = times.map { $0.mapValues { $0.sorted()[$0.count / 2] } }
  }

  package func seconds(_ part: Part, at index: Int) -> Double { medians[index][part] ?? .nan }

  package func linearSeconds(at index: Int) -> Double {
    Part.allCases.filter(\.isLinear).reduce(0) { $0 + seconds($1, at: index) }
  }

  package func totalSeconds(at index: Int) -> Double {
    linearSeconds(at: index) + seconds(.attention, at: index)
  }

  /// How the time grows from each length to the next: 1 is in proportion, 2 with the square.
  package var exponents: [Double] {
    lengths.indices.dropLast().map { index in
      let times = totalSeconds(at: index + 1) / totalSeconds(at: index)
      return log(times) / log(Double(lengths[index + 1]) / Double(lengths[index]))
    }
  }

  /// The exponent over the first so many of these steps together.
  package func exponent(overFirst count: Int) -> Double {
    let first = exponents.prefix(count)
    return first.reduce(0, +) / Double(max(1, first.count))
  }

  /// The length, in widths, at which attention takes as long as the linear layers, between the two
  /// measured lengths where that changes; nil where it does not within the range.
  package var crossing: Double? {
    let ratios = lengths.indices.map { seconds(.attention, at: $0) / linearSeconds(at: $0) }
    guard
      let place = ratios.indices.dropLast().first(where: { ratios[$0] < 1 && ratios[$0 + 1] >= 1 })
    else { return nil }
    let share = -log(ratios[place]) / log(ratios[place + 1] / ratios[place])
    let growth = log(Double(lengths[place + 1]) / Double(lengths[place]))
    return Double(lengths[place]) * exp(share * growth) / Double(width)
  }
}
