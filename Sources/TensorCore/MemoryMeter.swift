import Foundation

/// What a piece of tensor storage is for.
public enum MemoryPurpose: String, CaseIterable, Codable, Sendable {
  /// Weights of a model.
  case parameters
  /// One gradient for each weight.
  case gradients
  /// What the optimizer remembers of each weight.
  case optimizer
  /// What the forward pass keeps for the backward pass.
  case activations
  /// Keys and values of tokens already read, kept for decoding.
  case keyValueCache
  /// Everything short-lived: temporaries of an operation, gradients of activations.
  case workspace
}

/// Bytes by purpose at one moment, or the largest seen of each.
public struct MemoryUsage: Equatable, Codable, Sendable {
  public var bytesByPurpose: [MemoryPurpose: Int]
  /// All purposes together. For a peak this is the largest *sum*, which is at most the sum of the
  /// peaks by purpose, since those need not fall at the same moment.
  public var totalBytes: Int

  public init(bytesByPurpose: [MemoryPurpose: Int] = [:], totalBytes: Int = 0) {
    self.bytesByPurpose = bytesByPurpose
    self.totalBytes = totalBytes
  }

  public subscript(purpose: MemoryPurpose) -> Int { bytesByPurpose[purpose] ?? 0 }
}

/// Counts every byte of tensor storage of one device: live and peak, by purpose and by scope.
///
/// Exact and always on: storage reports its birth and its death here, so a peak read from the meter
/// is the peak, not a sample. It counts what tensors ask for; what a pool keeps ready for reuse is
/// `BufferPool.idleBytes`.
public final class MemoryMeter: @unchecked Sendable {
  private let lock = NSLock()
  private var live = [Int](repeating: 0, count: MemoryPurpose.allCases.count)
  private var liveTotal = 0
  /// Watches from the beginning.
  private let whole: Watcher
  /// Those of the scopes under way.
  private var watchers: [Int: Watcher] = [:]
  private var nextWatcher = 0

  private final class Watcher {
    var peak: [Int]
    var peakTotal: Int
    var timeline: [Int]?

    init(peak: [Int], peakTotal: Int, timeline: [Int]? = nil) {
      self.peak = peak
      self.peakTotal = peakTotal
      self.timeline = timeline
    }

    func see(_ live: [Int], _ index: Int, total: Int) {
      peak[index] = max(peak[index], live[index])
      peakTotal = max(peakTotal, total)
      timeline?.append(total)
    }
  }

  public init() {
    whole = Watcher(peak: live, peakTotal: 0)
  }

  /// Bytes held now.
  public var current: MemoryUsage {
    lock.withLock { Self.reading(live, total: liveTotal) }
  }

  /// The largest since the meter was made.
  public var peak: MemoryUsage {
    lock.withLock { Self.reading(whole.peak, total: whole.peakTotal) }
  }

  /// Runs `body` and gives its result with the peak of all bytes held while it ran, those that were
  /// held before it began included. Scopes may nest.
  public func scope<Result>(_ body: () throws -> Result) rethrows -> (Result, peak: MemoryUsage) {
    let watcher = open(recordingTimeline: false)
    do {
      let result = try body()
      return (result, close(watcher).peak)
    } catch {
      _ = close(watcher)
      throw error
    }
  }

  /// As `scope`, with the total of live bytes after every birth and death: the saw-tooth of a step.
  public func timeline<Result>(
    _ body: () throws -> Result
  ) rethrows -> (Result, peak: MemoryUsage, liveBytes: [Int]) {
    let watcher = open(recordingTimeline: true)
    do {
      let result = try body()
      let seen = close(watcher)
      return (result, seen.peak, seen.liveBytes)
    } catch {
      _ = close(watcher)
      throw error
    }
  }

  /// Called by storage when it is born.
  public func add(_ bytes: Int, purpose: MemoryPurpose) {
    change(by: bytes, purpose: purpose)
  }

  /// Called by storage when it dies.
  public func remove(_ bytes: Int, purpose: MemoryPurpose) {
    change(by: -bytes, purpose: purpose)
  }

  private func change(by bytes: Int, purpose: MemoryPurpose) {
    let index = purpose.index
    lock.withLock {
      live[index] += bytes
      liveTotal += bytes
      whole.see(live, index, total: liveTotal)
      for watcher in watchers.values { watcher.see(live, index, total: liveTotal) }
    }
  }

  private func open(recordingTimeline: Bool) -> Int {
    lock.withLock {
      defer { nextWatcher += 1 }
      watchers[nextWatcher] = Watcher(
        peak: live, peakTotal: liveTotal, timeline: recordingTimeline ? [liveTotal] : nil)
      return nextWatcher
    }
  }

  private func close(_ key: Int) -> (peak: MemoryUsage, liveBytes: [Int]) {
    lock.withLock {
      guard let watcher = watchers.removeValue(forKey: key) else { return (MemoryUsage(), []) }
      return (Self.reading(watcher.peak, total: watcher.peakTotal), watcher.timeline ?? [])
    }
  }

  private static func reading(_ bytes: [Int], total: Int) -> MemoryUsage {
    var byPurpose: [MemoryPurpose: Int] = [:]
    for purpose in MemoryPurpose.allCases where bytes[purpose.index] != 0 {
      byPurpose[purpose] = bytes[purpose.index]
    }
    return MemoryUsage(bytesByPurpose: byPurpose, totalBytes: total)
  }
}

extension MemoryPurpose {
  /// A dense number for tables.
  fileprivate var index: Int {
    switch self {
    case .parameters: 0
    case .gradients: 1
    case .optimizer: 2
    case .activations: 3
    case .keyValueCache: 4
    case .workspace: 5
    }
  }
}
