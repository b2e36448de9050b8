import CPUBackend
import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct DropoutTests {
  private static let mask = DropoutMask(rate: 0.3, seed: 5, step: 7, site: 2)

  @Test(arguments: [1, 7, 8, 31, 40_003], [1, 2, 3])
  func kernelEqualsReference(count: Int, threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (scalars, rest) = (testValues(count, "x"), testValues(count, "rest"))
    let (x, residual) = (
      backend.tensor(scalars, [count], .workspace), backend.tensor(rest, [count], .workspace)
    )
    let y = backend.empty([count], .workspace)
    let expected = scalars.enumerated().map {
      Self.mask.keeps($0) ? $1 * Self.mask.keptScale : 0
    }
    backend.dropout(x, Self.mask, residual: nil, into: y)
    #expect(backend.read(y) == expected)
    backend.dropout(x, Self.mask, residual: residual, into: y)
    #expect(backend.read(y) == zip(rest, expected).map(+))
    backend.dropout(x, Self.mask, residual: nil, into: x)
    #expect(backend.read(x) == expected)
  }

  @Test(arguments: [0.1, 0.5, 0.9] as [Float])
  func keptFractionIsOneMinusTheRate(rate: Float) {
    let count = 200_000
    let mask = DropoutMask(rate: rate, seed: 1, step: 1, site: 0)
    let fraction = Double((0..<count).count { mask.keeps($0) }) / Double(count)
    // Five standard deviations of a fair draw.
    let bound = 5 * (Double(rate * (1 - rate)) / Double(count)).squareRoot()
    #expect(abs(fraction - Double(1 - rate)) < bound, "kept \(fraction)")
  }

  @Test func equalKeysGiveEqualMasks() {
    func kept(seed: UInt64 = 5, step: Int = 7, site: Int = 2) -> [Bool] {
      let mask = DropoutMask(rate: 0.5, seed: seed, step: step, site: site)
      return (0..<4096).map(mask.keeps)
    }
    #expect(kept() == kept())
    for other in [kept(seed: 6), kept(step: 8), kept(site: 3)] {
      // Independent masks agree on half of the elements.
      let agreeing = zip(kept(), other).count { $0 == $1 }
      #expect(abs(agreeing - 2048) < 5 * 32, "\(agreeing) of 4096 agree")
    }
  }

  @Test func neighborsAreIndependent() {
    let mask = DropoutMask(rate: 0.5, seed: 5, step: 7, site: 2)
    for distance in [1, 2, 8, 64, 1024] {
      let agreeing = (0..<16384).count { mask.keeps($0) == mask.keeps($0 + distance) }
      #expect(abs(agreeing - 8192) < 5 * 64, "at distance \(distance): \(agreeing) of 16384")
    }
  }

  @Test func rateZeroKeepsAll() {
    let mask = DropoutMask(rate: 0, seed: 5, step: 7, site: 2)
    #expect(mask.keptScale == 1 && (0..<10_000).allSatisfy(mask.keeps))
  }

  @Test func rateOneIsAPreconditionFailure() async {
    await #expect(processExitsWith: .failure) {
      _ = DropoutMask(rate: 1, seed: 0, step: 0, site: 0)
    }
  }
}
