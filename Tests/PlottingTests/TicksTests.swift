import Plotting
import Testing

@Suite struct TicksTests {
  @Test(arguments: [
    (0.0...10.0, ["0", "2", "4", "6", "8", "10"]),
    (0.0...1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (-0.3...0.3, ["–0.3", "–0.2", "–0.1", "0.0", "0.1", "0.2", "0.3"]),
    (0.0...4095.0, ["0", "1,000", "2,000", "3,000", "4,000"]),
    (
      0.0...3e7,
      ["0", "5 million", "10 million", "15 million", "20 million", "25 million", "30 million"]
    ),
    (
      0.0...1.2e6,
      ["0", "0.2 million", "0.4 million", "0.6 million", "0.8 million", "1 million", "1.2 million"]
    ),
  ])
  func linearTicksAreRound(range: ClosedRange<Double>, labels: [String]) {
    #expect(Ticks.linear(range).map(\.label) == labels)
  }

  @Test func logarithmicTicksArePowersOfTheBase() {
    #expect(
      Ticks.logarithmic(100...5000, base: 2).map(\.label)
        == ["128", "256", "512", "1,024", "2,048", "4,096"])
    #expect(
      Ticks.logarithmic(1e-5...1, base: 10).map(\.label)
        == ["10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"])
    #expect(
      Ticks.logarithmic(1e5...1e9, base: 10).map(\.label)
        == ["100,000", "1 million", "10 million", "100 million", "1 billion"])
    #expect(Ticks.logarithmic(3...30, base: 10).map(\.label) == ["5", "10", "20"])
  }

  @Test(arguments: [1e-300...1e300, 1e-9...2e-9, 1.0...1.0000001, -1e12...1e12])
  func ticksStayInsideAndFew(range: ClosedRange<Double>) {
    for scale in [Axis.Scale.linear, .log(base: 10), .log(base: 2)] {
      let ticks = Ticks.on(range, scale: scale)
      #expect(ticks.count <= 9)
      let slack = 1e-6 * (range.upperBound - range.lowerBound)
      for tick in ticks {
        #expect(tick.value >= range.lowerBound - slack && tick.value <= range.upperBound + slack)
      }
    }
  }

  @Test(arguments: [
    (0.0, "0"), (-0.25, "–0.25"), (1234.6, "1,235"), (999_999, "999,999"), (2e6, "2 million"),
    (3.5e9, "3.5 billion"), (1e18, "10¹⁸"),
    (1e-6, "10⁻⁶"), (-1e-6, "–10⁻⁶"), (0.05, "0.05"), (.infinity, "∞"), (.nan, "NaN"),
  ])
  func numbersAreFormatted(value: Double, text: String) {
    #expect(NumberText.plain(value) == text)
  }
}
