import CPUBackend
import CostLesson
import Foundation
import LessonKit
import TensorCore
import TestSupport
import Testing

/// The clock of a layer's parts, and the exponents and the crossing that follow from its times.
@Suite(.serialized) struct LayerTimingTests {
  /// Four linear parts that take length · a seconds each, and attention that takes length² · b.
  private func timing(
    lengths: [Int], width: Int, linear a: Double, attention b: Double
  ) -> LayerTiming {
    let points = lengths.map { length -> LayerTiming.Point in
      let n = Double(length)
      let seconds = Keyed<Part, Double> { part in part == .attention ? b * n * n : a * n }
      return LayerTiming.Point(length: length, seconds: seconds)
    }
    return LayerTiming(width: width, points: points)
  }

  @Test func exponents() {
    let linear = timing(lengths: [10, 20, 80], width: 8, linear: 1, attention: 0)
    #expect(linear.exponents.allSatisfy { abs($0 - 1) < 1e-12 } && linear.exponents.count == 2)
    let quadratic = timing(lengths: [10, 20, 80], width: 8, linear: 0, attention: 1)
    #expect(quadratic.exponents.allSatisfy { abs($0 - 2) < 1e-12 })
    // 4 + 1, 8 + 4, 16 + 16 seconds.
    let both = timing(lengths: [1, 2, 4], width: 8, linear: 1, attention: 1)
    #expect(abs(both.exponents[0] - log2(12.0 / 5)) < 1e-12)
    #expect(abs(both.exponents[1] - log2(32.0 / 12)) < 1e-12)
    #expect(abs(both.exponent(overFirst: 1) - log2(12.0 / 5)) < 1e-12)
    #expect(abs(both.exponent(overFirst: 2) - log2(32.0 / 5) / 2) < 1e-12)
  }

  /// Attention takes as long as the four linear parts where n²b = 4na: at n = 4a/b.
  @Test func crossing() throws {
    let timing = timing(lengths: [10, 100, 1000], width: 8, linear: 60, attention: 1)
    #expect(abs(try #require(timing.crossing) - 240 / 8) < 1e-9)
    #expect(self.timing(lengths: [1, 2], width: 8, linear: 60, attention: 1).crossing == nil)
  }

  /// Attention is slower by a known time per call. At 512 tokens it runs four times in a row, and
  /// the time is that of one call.
  @Test func secondsOfAKnownDelay() throws {
    let delay = 0.02
    let backend = AlteredBackend(try CPUBackend(threadCount: 1)) { kernel, _ in
      if kernel == .attention { idle(seconds: delay) }
    }
    let isMeasured = holdsOnce {
      let timing = LayerTiming(lengths: [512, 2048], width: 4, rounds: 1, seed: 1, on: backend)
      return timing.points.allSatisfy { point in
        #expect(point.seconds[.attention] >= 0.999 * delay)
        #expect(point.totalSeconds == point.linearSeconds + point.seconds[.attention])
        return point.seconds[.attention] < 3 * delay && point.linearSeconds < delay
      }
    }
    #expect(isMeasured)
  }
}
