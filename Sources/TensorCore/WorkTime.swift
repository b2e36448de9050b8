#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Backend {
  /// Seconds that work costs: processor time of all threads together, so that what else the machine
  /// does in the meantime does not count; on a device of its own, which this process only waits for,
  /// the time until it has done all.
  public func workSeconds(_ body: () -> Void) -> Double {
    finish()
    let clock = isAsynchronous ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID
    let start = reading(of: clock)
    body()
    finish()
    return reading(of: clock) - start
  }

  /// What `workSeconds` counts, for labels and captions.
  public var workTimeName: String { isAsynchronous ? "time on the device" : "processor time" }
}

private func reading(of clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
