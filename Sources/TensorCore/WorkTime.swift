#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Backend {
  /// Seconds that `body` takes. On the CPU this is the CPU time of all threads without polling, so
  /// that other programs on the machine do not count. On an asynchronous device it is the wall time
  /// until the device is done.
  public func workSeconds(_ body: () -> Void) -> Double {
    func now() -> Double {
      synchronize()
      rest()
      return isAsynchronous ? seconds(on: CLOCK_MONOTONIC) : processorSeconds()
    }
    let start = now()
    body()
    return now() - start
  }

  /// User and system time of this process so far, without the time that threads polled for work.
  public func processorSeconds() -> Double {
    seconds(on: CLOCK_PROCESS_CPUTIME_ID) - polledSeconds
  }

  /// The quantity that `workSeconds` returns, for labels and captions.
  public var workTimeName: String { isAsynchronous ? "time on the device" : "CPU time" }
}

func seconds(on clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
