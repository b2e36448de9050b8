import Foundation

/// The purpose of a tensor's storage.
public enum MemoryPurpose: String, CaseIterable, Codable, Sendable {
  /// Weights of a model.
  case parameters
  /// One gradient for each weight.
  case gradients
  /// The optimizer's state of each weight.
  case optimizer
  /// Tensors that the forward pass saves for the backward pass.
  case activations
  /// Keys and values of earlier tokens, kept for decoding.
  case keyValueCache
  /// Short-lived tensors: temporaries of an operation, gradients of activations.
  case workspace
}

/// Tensor memory by purpose: live bytes at one moment, or the peak of each purpose.
public struct MemoryUsage: Equatable, Codable, Sendable {
  /// Bytes of each purpose that has any.
  public var bytesByPurpose: [MemoryPurpose: Int]
  /// Bytes of all purposes. For a peak this is the largest *sum*. It is at most the sum of the
  /// peaks by purpose, which may occur at different moments.
  public var totalBytes: Int

  public init(bytesByPurpose: [MemoryPurpose: Int] = [:], totalBytes: Int = 0) {
    self.bytesByPurpose = bytesByPurpose
    self.totalBytes = totalBytes
  }

  /// Bytes of one purpose; 0 if there are none.
  public subscript(purpose: MemoryPurpose) -> Int { bytesByPurpose[purpose] ?? 0 }
}

/// Tracks the tensor memory of one device: live and peak bytes, by purpose and by scope.
///
/// The peak is exact, because storage reports each allocation and each free. The meter counts the
/// bytes that tensors request; buffers that a pool keeps for reuse are `BufferPool.idleBytes`.
public final class MemoryMeter: @unchecked Sendable {
  private let lock = NSLock()
  private var live = [Int](repeating: 0, count: MemoryPurpose.allCases.count)
  private var liveTotal = 0
  /// The peaks since the meter was created.
  private let lifetime: PeakRecord
  /// One for each open scope.
  private var openRecords: [Int: PeakRecord] = [:]
  private var nextKey = 0

  private final class PeakRecord {
    var peak: [Int]
    var peakTotal: Int
    var timeline: [Int]?

    init(peak: [Int], peakTotal: Int, timeline: [Int]? = nil) {
      self.peak = peak
      self.peakTotal = peakTotal
      self.timeline = timeline
    }

    func record(_ live: [Int], _ index: Int, total: Int) {
      peak[index] = max(peak[index], live[index])
      peakTotal = max(peakTotal, total)
      timeline?.append(total)
    }
  }

  public init() {
    lifetime = PeakRecord(peak: live, peakTotal: 0)
  }

  /// Live bytes.
  public var current: MemoryUsage {
    lock.withLock { Self.usage(live, total: liveTotal) }
  }

  /// The peak since the meter was created.
  public var peak: MemoryUsage {
    lock.withLock { Self.usage(lifetime.peak, total: lifetime.peakTotal) }
  }

  /// Runs `body` and returns its result with the peak of all live bytes while it ran, including
  /// those that were live before. Scopes may nest.
  public func scope<Result>(_ body: () throws -> Result) rethrows -> (Result, peak: MemoryUsage) {
    let key = open(recordingTimeline: false)
    do {
      let result = try body()
      return (result, close(key).peak)
    } catch {
      _ = close(key)
      throw error
    }
  }

  /// As `scope`; also returns the total of live bytes after every allocation and every free.
  public func timeline<Result>(
    _ body: () throws -> Result
  ) rethrows -> (Result, peak: MemoryUsage, liveBytes: [Int]) {
    let key = open(recordingTimeline: true)
    do {
      let result = try body()
      let usage = close(key)
      return (result, usage.peak, usage.liveBytes)
    } catch {
      _ = close(key)
      throw error
    }
  }

  /// Called by storage when it is allocated.
  public func add(_ bytes: Int, purpose: MemoryPurpose) {
    change(by: bytes, purpose: purpose)
  }

  /// Called by storage when it is freed.
  public func remove(_ bytes: Int, purpose: MemoryPurpose) {
    change(by: -bytes, purpose: purpose)
  }

  private func change(by bytes: Int, purpose: MemoryPurpose) {
    let index = purpose.index
    lock.withLock {
      live[index] += bytes
      liveTotal += bytes
      lifetime.record(live, index, total: liveTotal)
      for record in openRecords.values { record.record(live, index, total: liveTotal) }
    }
  }

  private func open(recordingTimeline: Bool) -> Int {
    lock.withLock {
      defer { nextKey += 1 }
      openRecords[nextKey] = PeakRecord(
        peak: live, peakTotal: liveTotal, timeline: recordingTimeline ? [liveTotal] : nil)
      return nextKey
    }
  }

  private func close(_ key: Int) -> (peak: MemoryUsage, liveBytes: [Int]) {
    lock.withLock {
      guard let record = openRecords.removeValue(forKey: key) else { return (MemoryUsage(), []) }
      return (Self.usage(record.peak, total: record.peakTotal), record.timeline ?? [])
    }
  }

  private static func usage(_ bytes: [Int], total: Int) -> MemoryUsage {
    var byPurpose: [MemoryPurpose: Int] = [:]
    for purpose in MemoryPurpose.allCases where bytes[purpose.index] != 0 {
      byPurpose[purpose] = bytes[purpose.index]
    }
    return MemoryUsage(bytesByPurpose: byPurpose, totalBytes: total)
  }
}

extension MemoryPurpose {
  /// An index for arrays.
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
