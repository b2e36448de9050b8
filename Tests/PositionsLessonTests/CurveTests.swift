import CPUBackend
import Foundation
import PositionsLesson
import SmallTransformer
import TestSupport
import Testing

/// Perplexity by multiples of T, for a model whose perplexity is known.
@Suite struct CurveTests {
  /// After 0 comes 0 with probability 1/4; after 1 comes 1 with probability 1/2.
  private func curve() throws -> Curve {
    let model = bigramModel([[0.25, 0.75], [0.5, 0.5]], on: try CPUBackend(threadCount: 1))
    func point(_ multiple: Int, _ tokens: [Int32]) -> Curve.Point {
      Curve.Point(multiple: multiple, loss: model.lossByPosition([tokens]))
    }
    return Curve(
      name: "two",
      points: [point(1, [1, 1, 1]), point(2, [0, 0, 0, 0, 0]), point(16, [1, 1, 0, 0, 1])])
  }

  @Test func perplexityAndRatios() throws {
    let curve = try curve()
    for (found, wanted) in zip(curve.perplexities, [2, 4, pow(64.0 / 3, 0.25)]) {
      #expect(abs(found - wanted) < 1e-5)
    }
    #expect(abs(try #require(curve.perplexity(at: 2)) - 4) < 1e-5)
    #expect(abs(try #require(curve.ratio(at: 2)) - 2) < 1e-5)
    #expect(curve.perplexity(at: 4) == nil && curve.ratio(at: 4) == nil)
    #expect(curve.growth == "two × 1.07")
  }
}
