import CPUBackend
import CostLesson
import TensorCore
import Testing

@Suite struct CostFitTests {
  @Test func findsTheCoefficientsThatMadeThePoints() {
    let points = [(10, 8), (100, 8), (10, 64), (300, 32)].map { n, d in
      CostFit.Point(
        n: n, d: d, cost: 3 * Double(n * n * d) + 11 * Double(n * d * d) + 5 * Double(n * d))
    }
    let fit = CostFit(points)
    #expect(abs(fit.quadratic - 3) < 1e-9)
    #expect(abs(fit.linear - 11) < 1e-9)
    #expect(abs(fit.remainder - 5) < 1e-6)
    #expect(abs(fit.crossing - 11.0 / 3) < 1e-9)
    #expect(fit.largestDifference < 1e-9)
  }

  @Test func reportsTheDifferenceBetweenLawAndCounts() {
    let points = [(10, 8), (100, 8), (10, 64), (300, 32)].map { n, d in
      CostFit.Point(n: n, d: d, cost: Double(n * n * n * d))
    }
    #expect(CostFit(points).largestDifference > 0.5)
  }

  @Test(arguments: [false, true])
  func countedFLOPsOfEachPartEqualTheFormula(isCausal: Bool) throws {
    let counting = CountingBackend(try CPUBackend(threadCount: 1))
    for (n, d) in [(5, 16), (40, 32), (129, 16)] {
      let layer = LayerParts(n: n, d: d, isCausal: isCausal, seed: 1, on: counting)
      for part in Part.allCases {
        let (_, counts) = counting.flops.scope { layer.run(part) }
        #expect(
          counts.multiplyAddFlops == part.flops(n: n, d: d, isCausal: isCausal),
          "\(part.name), n \(n), d \(d)")
      }
    }
  }
}
