import CPUBackend
import Foundation
import TensorCore
import Testing

@Suite struct MemoryMeterTests {
  private let meter = MemoryMeter()
  private let pool = BufferPool()

  private func storage(_ count: Int, _ purpose: MemoryPurpose) -> HostStorage {
    HostStorage(count: count, purpose: purpose, meter: meter, pool: pool)
  }

  @Test func countsFourBytesPerElementByPurpose() {
    let a = storage(10, .parameters)
    let b = storage(3, .activations)
    #expect(meter.current[.parameters] == 40)
    #expect(meter.current[.activations] == 12)
    #expect(meter.current.totalBytes == 52)
    withExtendedLifetime((a, b)) {}
  }

  @Test func freedStorageIsSubtracted() {
    do {
      let a = storage(10, .workspace)
      withExtendedLifetime(a) {}
    }
    #expect(meter.current.totalBytes == 0)
    #expect(meter.peak[.workspace] == 40)
  }

  @Test func scopePeakIncludesEarlierStorage() {
    let before = storage(100, .parameters)
    let (_, outer) = meter.scope {
      let (_, inner) = meter.scope { _ = storage(5, .workspace) }
      #expect(inner.totalBytes == 420)
      _ = storage(10, .workspace)
    }
    #expect(outer.totalBytes == 440)
    let (_, later) = meter.scope {}
    #expect(later.totalBytes == 400)
    withExtendedLifetime(before) {}
  }

  @Test func peakOfTheSumIsNotTheSumOfPeaks() {
    _ = storage(10, .workspace)
    _ = storage(20, .activations)
    #expect(meter.peak.totalBytes == 80)
    #expect(meter.peak[.workspace] + meter.peak[.activations] == 120)
  }

  @Test func timelineRecordsEveryAllocationAndFree() {
    let (_, peak, live) = meter.timeline {
      _ = storage(1, .workspace)
      _ = storage(2, .workspace)
    }
    #expect(live == [0, 4, 0, 8, 0])
    #expect(peak.totalBytes == 8)
  }

  @Test func poolReusesBuffersAndReturnsThem() {
    let first = storage(1000, .workspace).pointer
    #expect(pool.idleBytes >= 4000)
    let second = storage(1000, .workspace)
    #expect(second.pointer == first)
    #expect(pool.idleBytes == 0)
    withExtendedLifetime(second) {}
    pool.trim()
    #expect(pool.idleBytes == 0)
  }

  @Test func poolKeepsNoBufferAboveItsLimit() {
    let small = BufferPool(largestKeptBytes: 1024)
    _ = HostStorage(count: 1000, purpose: .workspace, meter: meter, pool: small)
    #expect(small.idleBytes == 0)
  }
}

@Suite struct MemoryRefusalTests {
  /// More bytes than any process can have. The handler ends the program with a status of its own.
  @Test func aRefusedTensorCallsTheHandler() async {
    await #expect(processExitsWith: .exitCode(75)) {
      MemoryRefusal.handler = { byteCount in exit(byteCount >= 1 << 60 ? 75 : 1) }
      _ = try CPUBackend(threadCount: 1).empty([1 << 58], .workspace)
    }
  }
}
