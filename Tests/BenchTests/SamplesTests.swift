import Bench
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
