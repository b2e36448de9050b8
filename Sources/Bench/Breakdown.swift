import LessonKit
import TensorCore

/// Where the time of a run goes, by kernel family.
public struct Breakdown: Codable, Sendable {
  public struct Part: Codable, Sendable {
    public var family: KernelFamily
    /// The kernel calls of one run.
    public var calls: Int
    /// Wall time of one run.
    public var seconds: Double
    /// Operations of one run; see `FLOPCount`.
    public var flops: Double
    /// Bytes of one run with a perfect cache; see `FLOPCount`.
    public var bytes: Double
    /// Processor time per wall time: how many threads work on average.
    public var busyThreads: Double
  }

  /// The families that were called, the slowest first.
  public var parts: [Part]
  /// Wall time of one run.
  public var seconds: Double
  /// Time outside kernels: the tape, allocations, reading the loss.
  public var otherSeconds: Double { seconds - parts.reduce(0) { $0 + $1.seconds } }

  /// Runs the work with a clock around each kernel call, after two warm-up runs.
  ///
  /// The clocks take about a microsecond per call; an asynchronous device also waits for each kernel.
  public init(of workload: any Workload, on backend: any Backend, runs: Int) {
    let counting = CountingBackend(backend, timesKernels: true)
    let work = workload.prepare(on: counting)
    for _ in 0..<2 { _ = work.run() }
    counting.times?.reset()
    let start = ContinuousClock.now
    let (_, counts) = counting.flops.scope { for _ in 0..<runs { _ = work.run() } }
    seconds = LessonKit.seconds(since: start) / Double(runs)
    let times = counting.times?.current ?? [:]
    parts = times.map { family, time in
      Part(
        family: family, calls: counts[family].calls / runs,
        seconds: time.wallSeconds / Double(runs), flops: counts[family].flops / Double(runs),
        bytes: counts[family].bytes / Double(runs),
        busyThreads: time.processorSeconds / time.wallSeconds)
    }.sorted { $0.seconds > $1.seconds }
  }
}
