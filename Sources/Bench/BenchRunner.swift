import Foundation
import TensorCore

/// How often each case is run.
public struct BenchmarkSettings: Codable, Sendable {
  /// Samples a case, of which the median counts.
  public var sampleCount: Int
  /// A sample is the mean of as many runs as take about this long.
  public var sampleSeconds: Double
  /// A case whose first run takes longer is measured by that run alone.
  public var loneRunSeconds: Double
  /// A case whose run is shorter is warmed up before every sample, since the peer's turn has driven
  /// it out of the caches.
  public var warmedRunSeconds: Double

  public static let standard = BenchmarkSettings(
    sampleCount: 7, sampleSeconds: 0.1, loneRunSeconds: 15, warmedRunSeconds: 0.1)
  public static let quick = BenchmarkSettings(
    sampleCount: 3, sampleSeconds: 0, loneRunSeconds: 15, warmedRunSeconds: 0.1)
}

/// Measures cases on a backend, in turn with a peer where there is one.
public final class BenchRunner {
  private let backend: any Backend
  private let limits: MachineLimits
  private let settings: BenchmarkSettings
  private let peer: PyTorchPeer?

  public init(
    on backend: any Backend, limits: MachineLimits, settings: BenchmarkSettings,
    peer: PyTorchPeer? = nil
  ) {
    self.backend = backend
    self.limits = limits
    self.settings = settings
    self.peer = peer
  }

  /// Seconds that a case takes at half of the machine's peak: a guess before it is run.
  public func predictedSeconds(_ benchCase: BenchCase) -> Double {
    benchCase.workload.flops / (0.5 * limits.multiplyAddFlops)
  }

  /// - Throws: `PeerError` where the peer breaks, or does other work than ours.
  public func measure(_ benchCase: BenchCase) throws -> BenchRow {
    let workload = benchCase.workload
    let (opening, peak) = backend.meter.scope { Opening(workload, on: backend) }
    let isLone = opening.turn.seconds > settings.loneRunSeconds
    let request = peer == nil ? nil : workload.peerRequest
    let runs = isLone ? 1 : runsPerSample(opening.work)
    if let peer, let request, !isLone {
      // The peer makes its tensors and warms up.
      try requireSameWork(try peer.turn(request, runs: 1, isWarmed: false), opening)
    }

    var (ours, theirs): ([Turn], [Turn]) = (isLone ? [opening.turn] : [], [])
    for _ in 0..<(isLone ? 1 : settings.sampleCount) {
      let isWarmed = !isLone && opening.turn.seconds < settings.warmedRunSeconds
      if !isLone { ours.append(turn(opening.work, runs: runs, isWarmed: isWarmed)) }
      guard let peer, let request else { continue }
      let answer = try peer.turn(request, runs: runs, isWarmed: isWarmed)
      try requireSameWork(answer, opening)
      theirs.append(answer.turn)
    }
    return row(
      benchCase, opening: opening, peakBytes: peak.totalBytes, runs: runs, ours: ours,
      theirs: theirs)
  }

  /// The first run, which also makes the tensors.
  private struct Opening {
    let work: PreparedWork
    let turn: Turn
    let loss: Double?

    init(_ workload: any Workload, on backend: any Backend) {
      let work = workload.prepare(on: backend)
      if backend.isAsynchronous {
        // Its kernels are compiled, and tiles chosen, at their first call: not the work's own time.
        _ = work.run()
      }
      backend.finish()
      var loss: Double?
      turn = Turn.timing(1, finish: backend.finish) { loss = work.run() }
      self.work = work
      self.loss = loss
    }
  }

  private func runsPerSample(_ work: PreparedWork) -> Int {
    let seconds = Turn.timing(1, finish: backend.finish) { _ = work.run() }.seconds
    return max(1, min(1000, Int((settings.sampleSeconds / max(1e-6, seconds)).rounded(.up))))
  }

  private func turn(_ work: PreparedWork, runs: Int, isWarmed: Bool) -> Turn {
    // OpenMP's threads spin for some milliseconds after the peer's last product.
    if peer != nil { Thread.sleep(forTimeInterval: 0.03) }
    if isWarmed { _ = work.run() }
    backend.finish()
    return Turn.timing(runs, finish: backend.finish) { _ = work.run() }
  }

  /// Compares what can be compared: the size of a model, and the loss of its first step.
  private func requireSameWork(_ answer: PyTorchPeer.Answer, _ opening: Opening) throws {
    if let ours = opening.work.parameterCount, answer.parameters != ours {
      throw PeerError.differs(
        what: "weights", ours: "\(ours)", theirs: "\(answer.parameters ?? 0)")
    }
    if let ours = opening.loss {
      let theirs = answer.loss ?? .nan
      guard abs(ours - theirs) < 0.1 else {
        throw PeerError.differs(what: "first loss", ours: "\(ours)", theirs: "\(theirs)")
      }
    }
  }

  private func row(
    _ benchCase: BenchCase, opening: Opening, peakBytes: Int, runs: Int, ours: [Turn],
    theirs: [Turn]
  ) -> BenchRow {
    let workload = benchCase.workload
    let samples = Samples(ours)
    let flops = workload.flops / samples.medianSeconds
    let part =
      workload.limit == .bandwidth
      ? (workload.byteCount ?? 0) / samples.medianSeconds / limits.readBytesPerSecond
      : flops / limits.multiplyAddFlops
    return BenchRow(
      group: benchCase.group, section: benchCase.section, name: benchCase.name,
      limit: workload.limit, samples: samples, runsPerSample: runs,
      flops: workload.flops, gigaflops: flops * 1e-9,
      bytesMoved: workload.byteCount, partOfLimit: part, peakBytes: peakBytes,
      keptTiles: workload.tileCount, firstLoss: opening.loss,
      peer: theirs.isEmpty ? nil : BenchRow.PeerRow(ours: ours, theirs: theirs))
  }
}
