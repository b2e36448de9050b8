import CPUBackend
import MultiQueryLesson
import TestSupport
import Testing

/// The decode clock on a device that is slow by a known time.
@Suite struct DecodeTimingTests {
  @Test func secondsAndBytesOfAKnownDevice() throws {
    let delay = 0.03
    let experiment = Experiment(scale: .smoke)
    let isMeasured = try holdsOnce {
      let slow = AlteredBackend(
        try CPUBackend(threadCount: 1), bandwidths: [1000, 4000]
      ) { kernel, _ in
        if kernel == .attention { idle(seconds: delay) }
      }
      let timing = try DecodeTiming(experiment, seed: 1, on: slow) { _, _ in }
      #expect(timing.bandwidth == 4000, "the higher one of before and after")
      #expect(timing.rows.map(\.context) == experiment.contexts)
      for row in timing.rows {
        // Keys and values of 8 heads of 16 elements, 4 bytes each; one head with multi-query.
        let cost = row.costs[.multiHead]
        #expect(cost.cacheBytes == 2 * row.context * 8 * 16 * 4)
        #expect(row.costs[.multiQuery].cacheBytes == cost.cacheBytes / 8)
        #expect(timing.readingTime(cost) == Double(cost.cacheBytes) / 4000)
      }
      let seconds = timing.rows.flatMap { $0.costs.map { $1.seconds } }
      #expect(seconds.allSatisfy { $0 >= delay })
      return seconds.allSatisfy { $0 < 3 * delay }
    }
    #expect(isMeasured)
  }
}
