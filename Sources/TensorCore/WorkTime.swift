#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Backend {
  /// Seconds that `body` takes. On the CPU this is the CPU time of the calling thread and of the
  /// backend's threads, so that other programs on the machine do not count. On an asynchronous device it
  /// is the wall time until the device is done.
  public func workSeconds(_ body: () -> Void) -> Double {
    synchronize()
    let start = isAsynchronous ? seconds(on: CLOCK_MONOTONIC) : processorSeconds()
    body()
    synchronize()
    return (isAsynchronous ? seconds(on: CLOCK_MONOTONIC) : processorSeconds()) - start
  }

  /// Processor time so far of the calling thread and of this backend's threads, without polling.
  public func processorSeconds() -> Double {
    seconds(on: CLOCK_THREAD_CPUTIME_ID) + workerSeconds
  }

  /// The quantity that `workSeconds` returns, for labels and captions.
  public var workTimeName: String { isAsynchronous ? "time on the device" : "CPU time" }
}

func seconds(on clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
