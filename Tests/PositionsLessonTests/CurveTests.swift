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
  }
}

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
    #expect(curves.growth == "seed × 1")
  }
}

/// What a loss is worth beside counting, and the parts that are counted.
@Suite struct ByteCountTests {
  @Test func aLossIsWorthTheBytesWhoseCountsItBeats() {
    let counts = ByteCounts(losses: [3, 2.3, 1.9, 1.7, 1.8], countedBytes: 10)
    #expect(counts.worth(of: 3.1) == nil && counts.worth(of: 3) == nil)
    #expect(counts.worth(of: 2.5) == 0 && counts.worth(of: 1.95) == 1)
    // Better than the count of 4 bytes, but not than that of 3.
    #expect(counts.worth(of: 1.75) == 2 && counts.worth(of: 1.6) == 4)
  }

  @Test func partsAreEvenlySpread() {
    #expect(ByteCounts.parts(of: 5..<25, byteCount: 20) == [5..<25])
    #expect(
      ByteCounts.parts(of: 0..<9000, byteCount: 3000) == [0..<1000, 3000..<4000, 6000..<7000])
    let parts = ByteCounts.parts(of: 100..<3_000_100, byteCount: 768_000)
    #expect(parts.count == 768 && parts.reduce(0) { $0 + $1.count } == 768_000)
    #expect(parts[0].lowerBound == 100 && (parts.last?.upperBound ?? 0) <= 3_000_100)
    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
  }
}
