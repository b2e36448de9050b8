import Bench
import Testing

@Suite struct RatioTests {
  private func turns(_ seconds: [Double]) -> [Turn] {
    seconds.map { Turn(seconds: $0, cpuSeconds: 2 * $0) }
  }

  @Test func medianOfOddAndEven() {
    #expect(Samples(turns([3, 1, 2])).medianSeconds == 2)
    #expect(Samples(turns([4, 1, 2, 3])).medianSeconds == 2.5)
    let samples = Samples(turns([3, 1, 2]))
    #expect(samples.minimumSeconds == 1 && samples.maximumSeconds == 3)
    #expect(samples.cpuPerWall == 2)
  }

  /// Turn by turn: a machine that is slow for a while slows both, and the ratio stands.
  @Test func ratioIsOfNeighbors() {
    let row = BenchRow.PeerRow(ours: turns([1, 10, 1]), theirs: turns([2, 20, 2]))
    #expect(row.ratioMedian == 2 && row.ratioMinimum == 2 && row.ratioMaximum == 2)
    #expect(BenchRow.PeerRow(ours: turns([1, 1]), theirs: turns([2, 3])).ratioMedian == 2.5)
  }
}
