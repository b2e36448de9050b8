import CPUBackend
import Foundation
import Testing

@Suite("Eight-lane exponentials")
struct VectorExpTests {
  /// The largest error in units in the last place over a dense sample of a range.
  private func worst(
    _ function: (SIMD8<Float>) -> SIMD8<Float>, _ exact: (Double) -> Double,
    in range: ClosedRange<Float>
  ) -> (ulp: Double, at: Float) {
    var (ulp, at) = (0.0, Float(0))
    func check(_ x: Float) {
      guard range.contains(x) else { return }
      let (found, wanted) = (function(SIMD8(repeating: x))[0], exact(Double(x)))
      let error = abs(Double(found) - wanted) / Double(Float(wanted).ulp)
      if !(error <= ulp) { (ulp, at) = (error, x) }
    }
    // Evenly by bit patterns, which favors small values, then evenly by value.
    for bits in stride(from: UInt32(0), to: 0x43000000, by: 1009) {
      check(Float(bitPattern: bits))
      check(-Float(bitPattern: bits))
    }
    for step in 0...2_000_000 {
      check(range.lowerBound + (range.upperBound - range.lowerBound) * Float(step) / 2_000_000)
    }
    return (ulp, at)
  }

  @Test("e^x is within 2 units in the last place over its range")
  func natural() {
    let seen = worst(vexp, exp, in: -87.33...88.37)
    #expect(seen.ulp <= 2, "\(seen.ulp) at \(seen.at)")
  }

  @Test("2^x is within 2 units in the last place over its range")
  func binary() {
    let seen = worst(vexp2, { exp2($0) }, in: -126...127)
    #expect(seen.ulp <= 2, "\(seen.ulp) at \(seen.at)")
  }

  @Test("ends of the range: exact zero, exact one, infinity, NaN")
  func ends() {
    let found = vexp(SIMD8<Float>(-.infinity, -1e30, -200, 0, -0.0, 1e30, .infinity, .nan))
    for (lane, value) in [Float(0), 0, 0, 1, 1, .infinity, .infinity].enumerated() {
      #expect(found[lane] == value, "lane \(lane)")
    }
    #expect(found[7].isNaN)
    let binary = vexp2(SIMD8<Float>(-.infinity, -1e30, -127, -130, 0, -1, 3, .nan))
    for (lane, value) in [Float(0), 0, 0, 0, 1, 0.5, 8].enumerated() {
      #expect(binary[lane] == value, "lane \(lane)")
    }
    #expect(binary[7].isNaN)
  }

  @Test("the exponential of −∞ − x is exactly 0 for every finite x")
  func maskedScores() {
    for base: Float in [-1e4, 0, 1e4, 3e38, -3e38] {
      #expect(vexp(SIMD8(repeating: -.infinity) - base) == .zero)
      #expect(vexp2(SIMD8(repeating: -.infinity) - base) == .zero)
    }
  }
}
