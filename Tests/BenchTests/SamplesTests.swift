import Bench
import CPUBackend
import Testing

@Suite struct RatioTests {
  private func samples(_ seconds: [Double]) -> [Sample] {
    seconds.map { Sample(seconds: $0, cpuSeconds: 2 * $0) }
  }

  @Test func medianOfOddAndEven() {
    #expect(Samples(samples([3, 1, 2])).medianSeconds == 2)
    #expect(Samples(samples([4, 1, 2, 3])).medianSeconds == 2.5)
    let summary = Samples(samples([3, 1, 2]))
    #expect(summary.minimumSeconds == 1 && summary.maximumSeconds == 3)
    #expect(summary.cpuPerWall == 2)
  }

  /// A machine that is slow for a while slows both sides, and the ratio stays the same.
  @Test func ratioIsOfSamplesOfTheSameRound() {
    let row = BenchRow.PeerRow(ours: samples([1, 10, 1]), theirs: samples([2, 20, 2]))
    #expect(row.ratioMedian == 2 && row.ratioMinimum == 2 && row.ratioMaximum == 2)
    #expect(BenchRow.PeerRow(ours: samples([1, 1]), theirs: samples([2, 3])).ratioMedian == 2.5)
  }
}

/// The limits of the machine are measured in turns with the rows.
@Suite struct MachineLimitTests {
  private func limits(_ flops: Double) -> MachineLimits {
    MachineLimits(multiplyAddFlops: flops, readBytesPerSecond: 1e6, copyBytesPerSecond: 1e6)
  }

  private func runner(_ measured: [Double]) throws -> BenchRunner {
    var rest = measured[...]
    var settings = BenchmarkSettings.quick
    settings.sampleCount = 1
    return BenchRunner(on: try CPUBackend(threadCount: 1), settings: settings) {
      limits(rest.popFirst() ?? 1)
    }
  }

  private let product = BenchCase(
    group: .product, section: "s", name: "n", workload: ProductWorkload(m: 64, k: 64, n: 64))

  /// The first measurement was disturbed: the row would be at far more than the peak.
  @Test func aRowAboveTheLimitMeasuresTheLimitAgain() throws {
    let runner = try runner([1, 1e18])
    let row = try runner.measure(product)
    #expect(runner.limits.multiplyAddFlops == 1e18)
    #expect(row.partOfLimit > 0 && row.partOfLimit < 1 && !row.isAboveLimit)
  }

  @Test func aRowThatStaysAboveTheLimitSaysSo() throws {
    let row = try runner([1, 2]).measure(product)
    #expect(row.partOfLimit > 1 && row.isAboveLimit)
    #expect(abs(row.partOfLimit * 2 - row.gigaflops * 1e9) < 1e-3 * row.gigaflops * 1e9)
    let later = row.compared(with: limits(1e18))
    #expect(!later.isAboveLimit && later.gigaflops == row.gigaflops)
  }

  @Test func theLargestLimitIsKept() throws {
    let runner = try runner([5, 9, 7])
    #expect(runner.limits.multiplyAddFlops == 5)
    runner.remeasureLimits()
    runner.remeasureLimits()
    #expect(runner.limits.multiplyAddFlops == 9 && runner.limits.readBytesPerSecond == 1e6)
  }
}
