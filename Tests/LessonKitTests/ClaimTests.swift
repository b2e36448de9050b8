import LessonKit
import Testing

/// A claim passes only if a finite value was measured, at a scale that checks the claim, and if the
/// value is within the bound.
@Suite struct ClaimTests {
  private func claim(
    _ value: Double?, _ bound: Bound, at scale: Scale = .standard, from minimum: Scale = .standard,
    as quantity: Quantity = .plain
  ) -> Claim {
    Claim(
      id: "text", text: "text", value: value, bound: bound, quantity: quantity,
      minimumScale: minimum,
      scale: scale)
  }

  @Test(arguments: [
    (1.0, Bound.atMost(1), true), (1.01, .atMost(1), false), (1, .atLeast(1), true),
    (0.99, .atLeast(1), false), (1, .within(1...2), true), (2.1, .within(1...2), false),
    (3, .equals(3), true), (3.0001, .equals(3), false),
  ])
  func bounds(value: Double, bound: Bound, holds: Bool) {
    #expect(claim(value, bound).holds == holds)
  }

  @Test(arguments: [nil, Double.nan, .infinity, -.infinity])
  func missingOrNonFiniteValuesNeverPass(value: Double?) {
    for bound in [Bound.atMost(1), .atLeast(1), .within(-9...9), .equals(0)] {
      #expect(claim(value, bound).holds == false)
    }
  }

  @Test func smallerScaleIsNotChecked() {
    let open = claim(1, .atMost(2), at: .smoke, from: .standard)
    #expect(open.holds == nil)
    #expect(open.verdict == "not checked at this scale")
    #expect(open.sign == "–")
    #expect(claim(1, .atMost(2), at: .full, from: .standard).holds == true)
  }

  /// A reader must see why a claim fails, even if the value is close to the bound.
  @Test func valueAndBoundCanBeToldApart() {
    let close = claim(1.030004, .atMost(1.03), as: .times)
    #expect(close.holds == false)
    #expect(close.comparison == "1.030004 ×, at most 1.03 ×")
    #expect(claim(nil, .atLeast(2)).comparison == "not measured; at least 2")
  }

  @Test func aClaimIsASentence() {
    var claim = claim(1.02, .atMost(1.03), as: .times)
    claim.text = "Perplexity at 2,048 tokens is {} that at 128"
    #expect(
      claim.sentence
        == "Perplexity at 2,048 tokens is 1.02 × that at 128; at most 1.03 × was expected.")
    claim.text = "Ratio"
    #expect(claim.sentence == "Ratio: 1.02 ×; at most 1.03 × was expected.")
    claim.value = nil
    #expect(claim.sentence == "Ratio: not measured; at most 1.03 × was expected.")
    claim.text = "It is {} as fast"
    #expect(claim.sentence == "It is … as fast: not measured; at most 1.03 × was expected.")
  }

  /// A quotient of two counts that are zero, at a scale that proves nothing.
  @Test func aValueThatIsNoNumberWasNotMeasured() {
    let open = claim(.nan, .atLeast(1), at: .smoke)
    #expect(
      open.valueText == nil && open.sentence == "text: not measured; at least 1 was expected.")
    // Where it is checked it is a fault, and is shown.
    #expect(claim(.nan, .atLeast(1)).valueText == "NaN")
  }

  /// Arithmetic is no finding: no verdict, no bound, and it does not count, unless it is wrong.
  @Test func arithmeticIsShownWithoutAVerdict() {
    var claim = claim(3.07, .within(3.065...3.075))
    claim.kind = .derived
    #expect(claim.holds == true && claim.isDerived)
    #expect(claim.sign == "=" && claim.verdict == "derived" && claim.expectation.isEmpty)
    #expect(claim.sentence == "text: 3.07.")
    #expect(ClaimCount([claim]) == ClaimCount([]))
    claim.value = 4
    #expect(claim.sign == "✗" && claim.sentence == "text: 4; from 3.065 to 3.075 was expected.")
    #expect(ClaimCount([claim]).failed == 1)
  }

  @Test func theRangeOfTheSeeds() {
    var claim = claim(2, .atMost(3))
    #expect(claim.seedRange == nil)
    claim.seedValues = [2]
    #expect(claim.seedRange == nil)
    claim.seedValues = [2, 1.5, 2.5]
    #expect(claim.seedRange == "1.5 to 2.5 over 3 seeds")
    claim.seedValues = [2, .nan, 1]
    #expect(claim.seedRange == nil)
    claim.seedValues = [2, 2]
    #expect(claim.seedRange == "2 to 2 over 2 seeds")
    #expect(claim.spread == "2 to 2 over 2 seeds")
    claim.pilotValues = [1.75, 2.25, 2]
    #expect(claim.spread == "2 to 2 over 2 seeds; bound from pilots of 1.75 to 2.25")
    claim.seedValues = []
    #expect(claim.spread == "bound from pilots of 1.75 to 2.25")
    claim.pilotValues = [1.75]
    #expect(claim.spread == nil)
  }

  /// Two different ends of a range are printed differently.
  @Test(arguments: [
    (Quantity.count, 23.999...24.001, "from 23.999 to 24.001"),
    (.times, 0.99999...1.00001, "from 0.99999 × to 1.00001 ×"),
    (.plain, 0.5...2.0, "from 0.5 to 2"),
    (.bytes, 1_000_001...1_000_002.0, "from 1.000001 MB to 1.000002 MB"),
    (.seconds, 1.00001...1.00002, "from 1.00001 s to 1.00002 s"),
    (.count, 24.0...24, "from 24 to 24"),
    (.count, 1000...2000.0, "from 1,000 to 2,000"),
  ])
  func theEndsOfARangeDiffer(quantity: Quantity, range: ClosedRange<Double>, text: String) {
    #expect(Bound.within(range).text(as: quantity) == text)
  }

  @Test(arguments: [
    (Quantity.plain, 1234.56, "1,235"), (.plain, 0.000012, "1.2×10⁻⁵"),
    (.plain, -1e-6, "−10⁻⁶"), (.plain, 1.25e7, "12.5 million"), (.plain, 2e20, "2×10²⁰"),
    (.percent, 1.5e308, "∞ %"),
    (.plain, -2.5, "−2.5"),
    (.plain, .nan, "NaN"), (.times, 1.5, "1.5 ×"), (.percent, 0.031, "3.1 %"),
    (.count, 100_000, "100,000"), (.count, -1_234_567, "−1,234,567"), (.bytes, 999, "999 bytes"),
    (.bytes, 1, "1 byte"),
    (.bytes, 12_345_678, "12.35 MB"), (.seconds, 0.0123, "12.3 ms"),
    (.seconds, 0.0000123, "12.3 µs"), (.seconds, 240, "4 min"),
    (.seconds, 61.04, "61 s"), (.seconds, 125, "2 min 5 s"), (.plain, 0, "0"),
  ])
  func quantities(quantity: Quantity, value: Double, text: String) {
    #expect(quantity.text(value) == text)
  }
}
