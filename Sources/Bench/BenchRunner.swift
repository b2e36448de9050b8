import Foundation
import LessonKit
import TensorCore

/// The number and the length of the samples of each case.
public struct BenchmarkSettings: Codable, Sendable {
  /// Samples per case; the table shows their median.
  public var sampleCount: Int
  /// The duration of a sample in seconds. A sample is the mean of as many runs as fit.
  public var sampleSeconds: Double
  /// If the first run takes longer than this, in seconds, it is the only sample.
  public var loneRunSeconds: Double
  /// If a run is shorter than this, in seconds, a warm-up run comes before every sample, because
  /// the other library has replaced the contents of the caches.
  public var warmedRunSeconds: Double

  public static let standard = BenchmarkSettings(
    sampleCount: 7, sampleSeconds: 0.1, loneRunSeconds: 15, warmedRunSeconds: 0.1)
  public static let quick = BenchmarkSettings(
    sampleCount: 3, sampleSeconds: 0, loneRunSeconds: 15, warmedRunSeconds: 0.1)
}

/// Measures cases on a backend. With a peer (another library), the samples of the two are
/// interleaved.
public final class BenchRunner {
  private let backend: any Backend
  /// The limits of the machine: the largest values so far.
  public private(set) var limits: MachineLimits
  private let measureLimits: () -> MachineLimits
  private let settings: BenchmarkSettings
  private let peer: PyTorchPeer?

  /// Measures the limits of the machine with `measureLimits`, and again whenever `remeasureLimits` is
  /// called.
  public init(
    on backend: any Backend, settings: BenchmarkSettings, peer: PyTorchPeer? = nil,
    measureLimits: @escaping () -> MachineLimits
  ) {
    self.backend = backend
    limits = measureLimits()
    self.measureLimits = measureLimits
    self.settings = settings
    self.peer = peer
  }

  /// Measures the limits of the machine again and keeps the larger values. The limits and the rows
  /// are measured in turns, because another program may disturb the one and not the other.
  public func remeasureLimits() { limits = limits.largest(measureLimits()) }

  /// Estimates the seconds of a case before it runs: at half of the machine's peak.
  public func predictedSeconds(_ benchCase: BenchCase) -> Double {
    benchCase.workload.flops / (0.5 * limits.multiplyAddFlops)
  }

  /// Measures where the time of a case goes.
  public func breakdown(of benchCase: BenchCase) -> Breakdown {
    let seconds = predictedSeconds(benchCase)
    return Breakdown(
      of: benchCase.workload, on: backend,
      runs: max(1, min(settings.sampleCount, Int(settings.loneRunSeconds / max(1e-6, seconds)))))
  }

  /// Measures one case. If it is faster than the limits of the machine, these are measured again.
  /// - Throws: `PeerError` if the peer fails, or if it does different work.
  public func measure(_ benchCase: BenchCase) throws -> BenchRow {
    let workload = benchCase.workload
    let (warmUp, peak) = backend.meter.scope { WarmUp(workload, on: backend) }
    let isLone = warmUp.sample.seconds > settings.loneRunSeconds
    let request = peer == nil ? nil : workload.peerRequest
    let runs = isLone ? 1 : runsPerSample(warmUp.work)
    if let peer, let request, !isLone {
      // The peer makes its tensors and warms up.
      try checkSameWork(try peer.sample(request, runs: 1, isWarmed: false), warmUp)
    }
    let isWarmed = !isLone && warmUp.sample.seconds < settings.warmedRunSeconds
    let sides: [Side] = peer == nil || request == nil ? [.ours] : [.ours, .theirs]
    let samples = try interleaved(
      sides, rounds: isLone ? 1 : settings.sampleCount, warmUpRounds: 0
    ) { side -> Sample in
      if side == .ours {
        return isLone ? warmUp.sample : sample(warmUp.work, runs: runs, isWarmed: isWarmed)
      }
      guard let peer, let request else { preconditionFailure("bench: there is no peer") }
      let answer = try peer.sample(request, runs: runs, isWarmed: isWarmed)
      try checkSameWork(answer, warmUp)
      return answer.sample
    }
    let row = BenchRow(
      benchCase, samples: Samples(samples[0]), runsPerSample: runs, peakBytes: peak.totalBytes,
      firstLoss: warmUp.loss,
      peer: samples.dropFirst().first.map { BenchRow.PeerRow(ours: samples[0], theirs: $0) })
    if row.compared(with: limits).isAboveLimit { remeasureLimits() }
    return row.compared(with: limits)
  }

  private enum Side { case ours, theirs }

  /// The first run, which also makes the tensors.
  private struct WarmUp {
    let work: PreparedWork
    let sample: Sample
    let loss: Double?

    init(_ workload: any Workload, on backend: any Backend) {
      let work = workload.prepare(on: backend)
      if backend.isAsynchronous {
        // The first call also compiles kernels and chooses tiles. That time is not counted.
        _ = work.run()
      }
      backend.synchronize()
      var loss: Double?
      sample = Sample.timing(1, finish: backend.synchronize) { loss = work.run() }
      self.work = work
      self.loss = loss
    }
  }

  private func runsPerSample(_ work: PreparedWork) -> Int {
    let seconds = Sample.timing(1, finish: backend.synchronize) { _ = work.run() }.seconds
    return max(1, min(1000, Int((settings.sampleSeconds / max(1e-6, seconds)).rounded(.up))))
  }

  private func sample(_ work: PreparedWork, runs: Int, isWarmed: Bool) -> Sample {
    // The threads of the peer's OpenMP keep spinning for some milliseconds after its last run.
    if peer != nil { Thread.sleep(forTimeInterval: 0.03) }
    if isWarmed { _ = work.run() }
    backend.synchronize()
    return Sample.timing(runs, finish: backend.synchronize) { _ = work.run() }
  }

  /// Compares the number of parameters of a model and the loss of its first step.
  private func checkSameWork(_ answer: PyTorchPeer.Answer, _ warmUp: WarmUp) throws {
    if let ours = warmUp.work.parameterCount, answer.parameters != ours {
      throw PeerError.differs(
        what: "number of weights", ours: "\(ours)", theirs: "\(answer.parameters ?? 0)")
    }
    if let ours = warmUp.loss {
      let theirs = answer.loss ?? .nan
      guard abs(ours - theirs) < 0.1 else {
        throw PeerError.differs(what: "first loss", ours: "\(ours)", theirs: "\(theirs)")
      }
    }
  }
}
