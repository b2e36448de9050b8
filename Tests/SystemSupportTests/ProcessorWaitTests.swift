import SystemSupport
import Testing

@Suite struct ProcessorWaitTests {
  @Test func theLongestWaitOfOneThreadCounts() {
    let before = ProcessorWait(schedstat: ["1": "500 1000000000 3\n", "2": "0 0 0\n"])
    let after = ProcessorWait(
      schedstat: ["1": "900 1500000000 9\n", "2": "7 250000000 1\n", "3": "1 100000000 1\n"])
    #expect(after.longest(since: before) == 0.5)
    #expect(after.longest(since: after) == 0)
    // A thread that began in between.
    #expect(abs(after.longest(since: ProcessorWait(schedstat: [:])) - 1.5) < 1e-9)
  }

  @Test func withoutNumbersNothingHasWaited() {
    let unknown = ProcessorWait(schedstat: ["1": "", "2": "no numbers"])
    #expect(unknown.seconds.isEmpty)
    #expect(unknown.longest(since: unknown) == 0)
    #expect(ProcessorWait.now.longest(since: .now) >= 0)
  }
}
