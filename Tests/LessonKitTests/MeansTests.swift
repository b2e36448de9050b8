import Foundation
import LessonKit
import Testing

@Suite struct MeansTests {
  /// Values of Wilson's interval from the formula, by hand with z = 1.96.
  @Test(
    arguments: [
      (8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775),
      (128, 256, 0.4392, 0.5608),
    ])
  func wilsonIntervals(right: Int, asked: Int, low: Double, high: Double) {
    let found = wilsonInterval(right: right, asked: asked)
    #expect(abs(found.low - low) < 1e-4 && abs(found.high - high) < 1e-4, "\(found)")
  }

  @Test func nothingAsked() {
    #expect(wilsonInterval(right: 0, asked: 0).low.isNaN)
  }

  @Test func meansOfTwoKinds() {
    #expect(mean([1, 2, 6]) == 3)
    #expect(abs((geometricMean(of: [1, 2, 4]) ?? 0) - 2) < 1e-12)
    #expect(geometricMean(of: [1, nil]) == nil && geometricMean(of: []) == nil)
  }
}
