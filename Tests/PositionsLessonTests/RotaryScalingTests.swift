import Foundation
import PositionsLesson
import SmallTransformer
import Testing

/// The formulas of position interpolation, NTK-aware scaling and YaRN, for fast and slow pairs.
@Suite struct RotaryScalingTests {
  private let plain = Rotary().frequencies(headDim: 32)

  @Test func interpolationDividesEveryFrequency() {
    let scaled = PositionInterpolation(factor: 4).frequencies(plain, base: 10_000, headDim: 32)
    for (new, old) in zip(scaled, plain) { #expect(new == old / 4) }
  }

  @Test func ntkKeepsTheFastestPairAndDividesTheSlowest() {
    let scaled = NTKAware(factor: 8).frequencies(plain, base: 10_000, headDim: 32)
    #expect(scaled[0] == plain[0])
    #expect(abs(scaled[15] * 8 / plain[15] - 1) < 1e-12)
    // Between them the divisor grows with the number of the pair.
    let divisors = zip(plain, scaled).map { $0 / $1 }
    #expect(zip(divisors, divisors.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func yarnInterpolatesSlowPairsAndKeepsFastOnes() {
    let yarn = YaRN(factor: 4, trainedLength: 128, beta: 4)
    let scaled = yarn.frequencies(plain, base: 10_000, headDim: 32)
    for (new, old) in zip(scaled, plain) {
      let rotations = 128 * old / (2 * .pi)
      if rotations <= 1 { #expect(new == old / 4) }
      if rotations >= 4 { #expect(new == old) }
      if rotations > 1 && rotations < 4 { #expect(new > old / 4 && new < old) }
    }
    #expect(abs(yarn.magnitude - (0.1 * log(4) + 1)) < 1e-12)
  }

  @Test func thePapersBetaChangesEveryPairAtAShortLength() {
    let paper = YaRN(factor: 4, trainedLength: 128)
    let scaled = paper.frequencies(plain, base: 10_000, headDim: 32)
    #expect(zip(scaled, plain).allSatisfy { $0 < $1 })
    // At LLaMA's length it leaves the fastest pairs unchanged.
    let long = YaRN(factor: 4, trainedLength: 2048).frequencies(plain, base: 10_000, headDim: 32)
    #expect(long[0] == plain[0])
  }

  @Test func aRaisedBaseKeepsTheFastestPairAndIgnoresTheLength() {
    let scaled = RaisedBase(factor: 50).frequencies(plain, base: 10_000, headDim: 32)
    let wanted = Rotary(base: 500_000).frequencies(headDim: 32)
    for (new, old) in zip(scaled, wanted) { #expect(abs(new / old - 1) < 1e-12) }
    #expect(scaled[0] == plain[0])
    #expect(RaisedBase(factor: 50).magnitude == 1)
  }

  @Test func aFactorOfOneChangesNothing() {
    for scaling in [
      PositionInterpolation(factor: 1), NTKAware(factor: 1), YaRN(factor: 1, trainedLength: 128),
    ] as [any RotaryScaling] {
      let scaled = scaling.frequencies(plain, base: 10_000, headDim: 32)
      for (new, old) in zip(scaled, plain) { #expect(abs(new / old - 1) < 1e-12) }
      #expect(scaling.magnitude == 1)
    }
  }

  /// The frequencies that `Tests/Golden/make_rotary.py` computes from the formulas of the papers.
  @Test func frequenciesOfTheGoldenFile() throws {
    struct Entry: Decodable {
      let scheme: String
      let headDim: Int
      let factor: Double
      let trainedLength: Int?
      let beta, magnitude: Double?
      let frequencies: [Double]
    }
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Golden/rotary.json")
    let entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file))
    #expect(entries.count == 36)
    for entry in entries {
      let scaling: any RotaryScaling =
        switch entry.scheme {
        case "interpolation": PositionInterpolation(factor: entry.factor)
        case "ntk": NTKAware(factor: entry.factor)
        default:
          YaRN(
            factor: entry.factor, trainedLength: try #require(entry.trainedLength),
            beta: try #require(entry.beta))
        }
      let found = scaling.frequencies(
        Rotary().frequencies(headDim: entry.headDim), base: 10_000, headDim: entry.headDim)
      #expect(found.count == entry.frequencies.count)
      for (found, wanted) in zip(found, entry.frequencies) {
        #expect(abs(found / wanted - 1) < 1e-12, "\(scaling.name), \(entry.headDim), \(wanted)")
      }
      #expect(abs(scaling.magnitude - (entry.magnitude ?? 1)) < 1e-12)
    }
  }
}
