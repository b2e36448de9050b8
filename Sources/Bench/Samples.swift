import Foundation
import LessonKit

/// One turn at a piece of work: seconds a run, by the clock and by the processors.
public struct Turn: Codable, Sendable {
  public var seconds: Double
  /// User and system time of the process, all threads together.
  public var cpuSeconds: Double

  public init(seconds: Double, cpuSeconds: Double) {
    self.seconds = seconds
    self.cpuSeconds = cpuSeconds
  }

  /// Times `runs` runs, with what they leave to be finished, and gives the mean of one.
  static func timing(_ runs: Int, finish: () -> Void, _ body: () -> Void) -> Turn {
    let (start, cpuStart) = (DispatchTime.now().uptimeNanoseconds, processSeconds())
    for _ in 0..<runs { body() }
    finish()
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    return Turn(
      seconds: seconds / Double(runs), cpuSeconds: (processSeconds() - cpuStart) / Double(runs))
  }
}

/// The turns at one piece of work.
public struct Samples: Codable, Sendable {
  public var medianSeconds: Double
  public var minimumSeconds: Double
  public var maximumSeconds: Double
  public var sampleCount: Int
  /// Processor time by clock time: the threads' worth of work that the process really got. On a
  /// quiet machine about the number of threads; less, and something else had the processors, or
  /// the work was not shared.
  public var cpuPerWall: Double

  /// - Precondition: there is a turn.
  public init(_ turns: [Turn]) {
    precondition(!turns.isEmpty, "samples: no turn")
    let seconds = turns.map(\.seconds).sorted()
    medianSeconds = median(seconds)
    minimumSeconds = seconds[0]
    maximumSeconds = seconds[seconds.count - 1]
    sampleCount = seconds.count
    cpuPerWall = turns.reduce(0) { $0 + $1.cpuSeconds } / seconds.reduce(0, +)
  }
}

/// User and system time of this process so far.
private func processSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
