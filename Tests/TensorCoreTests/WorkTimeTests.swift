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

  /// A thread that polls for work while the calling thread computes does not work.
  @Test func pollingIsNoWork() async {
    await #expect(processExitsWith: .success) {
      let backend = try CPUBackend(threadCount: 2)
      let x = backend.full(1, [1 << 16], .workspace)
      let isCorrected = holdsOnce(attempts: 10) {
        let (process, thread) = (cpuSeconds(CLOCK_PROCESS_CPUTIME_ID), threadSeconds())
        let counted = backend.workSeconds {
          let end = threadSeconds() + 0.1
          // The jobs of two threads are so frequent that the worker never sleeps.
          while threadSeconds() < end {
            backend.fill(x, with: 2)
            work(seconds: 0.000_05)
          }
        }
        let own = threadSeconds() - thread
        return counted >= 0.9 * own && counted < 1.3 * own
          && cpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - process > 1.5 * own
      }
      precondition(isCorrected)
      precondition(
        (0..<300).allSatisfy { _ in backend.workSeconds { backend.fill(x, with: 2) } > 0 })
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
  let end = threadSeconds() + seconds
  while threadSeconds() < end {}
}

private func threadSeconds() -> Double { cpuSeconds(CLOCK_THREAD_CPUTIME_ID) }

private func cpuSeconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
