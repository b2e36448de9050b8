import Foundation
import LessonKit

/// One sample of a workload: the time per run, as wall time and as CPU time.
public struct Sample: Codable, Sendable {
  /// Wall time per run.
  public var seconds: Double
  /// User and system time of the process per run, all threads together.
  public var cpuSeconds: Double

  public init(seconds: Double, cpuSeconds: Double) {
    self.seconds = seconds
    self.cpuSeconds = cpuSeconds
  }

  /// Times several runs in a row.
  ///
  /// - Parameters:
  ///   - runs: The number of runs.
  ///   - finish: Waits for an asynchronous device; this time is counted.
  ///   - body: One run.
  /// - Returns: The mean time per run.
  public static func timing(_ runs: Int, finish: () -> Void, _ body: () -> Void) -> Sample {
    let (start, cpuStart) = (ContinuousClock.now, cpuSecondsOfProcess())
    for _ in 0..<runs { body() }
    finish()
    return Sample(
      seconds: LessonKit.seconds(since: start) / Double(runs),
      cpuSeconds: (cpuSecondsOfProcess() - cpuStart) / Double(runs))
  }
}

/// Statistics of the samples of one workload.
public struct Samples: Codable, Sendable {
  public var medianSeconds: Double
  public var minimumSeconds: Double
  public var maximumSeconds: Double
  public var sampleCount: Int
  /// CPU time per wall time: the number of processors that the process used on average. On an idle
  /// machine this is about the number of threads. It is less if other programs used the processors,
  /// or if the work is not parallel.
  public var cpuPerWall: Double

  /// - Precondition: There is at least one sample.
  public init(_ samples: [Sample]) {
    precondition(!samples.isEmpty, "samples: the list is empty")
    let seconds = samples.map(\.seconds).sorted()
    medianSeconds = median(seconds)
    minimumSeconds = seconds[0]
    maximumSeconds = seconds[seconds.count - 1]
    sampleCount = seconds.count
    cpuPerWall = samples.reduce(0) { $0 + $1.cpuSeconds } / seconds.reduce(0, +)
  }
}

/// User and system time of this process so far.
private func cpuSecondsOfProcess() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
