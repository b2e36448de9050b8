import CPUBackend
import Foundation
import PositionsLesson
import SmallTransformer
import TestSupport
import Testing

/// Means over seeds, for models whose perplexity is known.
@Suite struct SeedCurveTests {
  /// A model that gives every token of two the same probability in each place: perplexity 2 or 4.
  private func curve(_ first: [Int32], _ second: [Int32]) throws -> Curve {
    let model = bigramModel([[0.25, 0.75], [0.5, 0.5]], on: try CPUBackend(threadCount: 1))
    return Curve(
      name: "seed",
      points: [
        Curve.Point(multiple: 1, loss: model.lossByPosition([first])),
        Curve.Point(multiple: 2, loss: model.lossByPosition([second])),
      ])
  }

  @Test func meansAreGeometric() throws {
    // Perplexities 2 and 4 in one seed, 4 and 2 in the other.
    let curves = SeedCurves([
      try curve([1, 1, 1], [0, 0, 0]), try curve([0, 0, 0], [1, 1, 1]),
    ])
    #expect(abs(try #require(curves.perplexity(at: 1)) - sqrt(8)) < 1e-5)
    let ratios = curves.ratios(at: 2)
    #expect(ratios.count == 2 && abs(ratios[0] - 2) < 1e-5 && abs(ratios[1] - 0.5) < 1e-5)
    #expect(abs(try #require(curves.ratio(at: 2)) - 1) < 1e-5)
    #expect(curves.ratio(at: 4) == nil && curves.ratios(at: 4).isEmpty)
  }
}
