#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Backend {
  /// Seconds that `body` takes. On the CPU this is the CPU time of all threads, so that other
  /// programs on the machine do not count. On an asynchronous device it is the wall time until the
  /// device is done.
  public func workSeconds(_ body: () -> Void) -> Double {
    synchronize()
    let clock = isAsynchronous ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID
    let start = seconds(on: clock)
    body()
    synchronize()
    return seconds(on: clock) - start
  }

  /// The quantity that `workSeconds` returns, for labels and captions.
  public var workTimeName: String { isAsynchronous ? "time on the device" : "CPU time" }
}

private func seconds(on clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
