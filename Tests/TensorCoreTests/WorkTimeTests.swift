import CPUBackend
import Foundation
import TensorCore
import TestSupport
import Testing

/// `workSeconds`, from which the exponents of several lessons follow.
///
/// The tests of CPU time run in processes of their own: the time of other tests in this one would
/// count.
@Suite struct WorkTimeTests {
  @Test func waitingIsNoWork() async {
    await #expect(processExitsWith: .success) {
      let backend = try CPUBackend(threadCount: 1)
      let seconds = backend.workSeconds { idle(seconds: 0.2) }
      precondition(seconds >= 0 && seconds < 0.1, "\(seconds)")
      precondition(backend.workTimeName == "CPU time")
    }
  }

  @Test func theWorkOfOneThread() async {
    await #expect(processExitsWith: .success) {
      let seconds = try CPUBackend(threadCount: 1).workSeconds { work(seconds: 0.1) }
      precondition(seconds >= 0.099 && seconds < 0.15, "\(seconds)")
    }
  }

  @Test func theWorkOfThreeThreads() async {
    await #expect(processExitsWith: .success) {
      let seconds = try CPUBackend(threadCount: 1).workSeconds {
        let group = DispatchGroup()
        for _ in 0..<3 {
          group.enter()
          Thread {
            work(seconds: 0.1); group.leave()
          }.start()
        }
        group.wait()
      }
      precondition(seconds >= 0.297 && seconds < 0.4, "\(seconds)")
    }
  }

  /// On an asynchronous device it is the wall time until the device is done.
  @Test func waitingForADeviceCounts() throws {
    let device = AlteredBackend(try CPUBackend(threadCount: 1), isAsynchronous: true)
    #expect(device.workTimeName == "time on the device")
    let isMeasured = holdsOnce {
      let before = device.synchronizeCount
      let seconds = device.workSeconds { idle(seconds: 0.05) }
      #expect(seconds >= 0.0499)
      // Once before, so that earlier work does not count, and once after.
      #expect(device.synchronizeCount == before + 2)
      return seconds < 0.1
    }
    #expect(isMeasured)
  }
}

/// Keeps the calling thread busy, by its own clock.
private func work(seconds: Double) {
  func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
  let end = threadSeconds() + seconds
  while threadSeconds() < end {}
}
