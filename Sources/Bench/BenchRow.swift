import LessonKit

/// The measured peak of the machine.
public struct MachineLimits: Codable, Sendable {
  /// Peak in FLOP/s; a multiply-add is 2 FLOPs.
  public var multiplyAddFlops: Double
  public var readBytesPerSecond: Double
  /// Counts both the bytes read and the bytes written.
  public var copyBytesPerSecond: Double

  public init(multiplyAddFlops: Double, readBytesPerSecond: Double, copyBytesPerSecond: Double) {
    self.multiplyAddFlops = multiplyAddFlops
    self.readBytesPerSecond = readBytesPerSecond
    self.copyBytesPerSecond = copyBytesPerSecond
  }

  /// The larger value of each limit. Another program can only make a measured peak too small, so the
  /// largest of several is the best.
  public func largest(_ other: MachineLimits) -> MachineLimits {
    MachineLimits(
      multiplyAddFlops: max(multiplyAddFlops, other.multiplyAddFlops),
      readBytesPerSecond: max(readBytesPerSecond, other.readBytesPerSecond),
      copyBytesPerSecond: max(copyBytesPerSecond, other.copyBytesPerSecond))
  }
}

/// One row of the speed table: a measured case.
public struct BenchRow: Codable, Sendable {
  public var group: BenchGroup
  public var section: String
  public var name: String
  public var limit: WorkLimit
  public var samples: Samples
  /// A sample is the mean of this many runs.
  public var runsPerSample: Int
  /// FLOPs of one run.
  public var flops: Double
  public var gigaflops: Double
  /// Bytes that one run must move; nil unless the limit is bandwidth.
  public var bytesMoved: Double?
  /// The fraction of the multiply-add peak or of the read bandwidth that was reached, according to
  /// `limit`.
  public private(set) var partOfLimit = Double.nan
  /// Whether that is more than the peak that was measured, so that one of the two is wrong.
  public private(set) var isAboveLimit = false
  /// Peak of the memory meter while the tensors are made and the workload runs once.
  public var peakBytes: Int
  /// The number of tiles of 16 × 16 pairs that the mask keeps, in all heads together; see
  /// `Workload.tileCount`.
  public var keptTiles: Int?
  /// The loss of the first training step.
  public var firstLoss: Double?
  public var peer: PeerRow?
  /// Where the time of a training step goes; nil unless it was asked for.
  public var breakdown: Breakdown?

  /// A row without its comparison with the limits of the machine; see `compared(with:)`.
  init(
    _ benchCase: BenchCase, samples: Samples, runsPerSample: Int, peakBytes: Int,
    firstLoss: Double?, peer: PeerRow?
  ) {
    let workload = benchCase.workload
    (group, section, name) = (benchCase.group, benchCase.section, benchCase.name)
    limit = workload.limit
    self.samples = samples
    self.runsPerSample = runsPerSample
    flops = workload.flops
    gigaflops = workload.flops / samples.medianSeconds * 1e-9
    bytesMoved = workload.byteCount
    self.peakBytes = peakBytes
    keptTiles = workload.tileCount
    self.firstLoss = firstLoss
    self.peer = peer
  }

  /// The same work by another library.
  public struct PeerRow: Codable, Sendable {
    public var samples: Samples
    /// The other library's time divided by ours, sample by sample; above 1, ours is faster. This is
    /// the median.
    public var ratioMedian: Double
    public var ratioMinimum: Double
    public var ratioMaximum: Double

    /// - Precondition: Both lists have the same number of samples, at least one.
    public init(ours: [Sample], theirs: [Sample]) {
      precondition(ours.count == theirs.count, "ratio: \(ours.count) and \(theirs.count) samples")
      samples = Samples(theirs)
      let ratios = zip(ours, theirs).map { $1.seconds / $0.seconds }.sorted()
      ratioMedian = median(ratios)
      ratioMinimum = ratios[0]
      ratioMaximum = ratios[ratios.count - 1]
    }
  }
}

extension BenchRow {
  /// GFLOP/s or GB/s, according to `limit`, if one run takes `seconds`.
  public func rate(seconds: Double) -> Double {
    (limit == .bandwidth ? bytesMoved ?? 0 : flops) / seconds * 1e-9
  }

  /// The same row, compared with the limits of the machine.
  public func compared(with limits: MachineLimits) -> BenchRow {
    let peak = limit == .bandwidth ? limits.readBytesPerSecond : limits.multiplyAddFlops
    var row = self
    row.partOfLimit = rate(seconds: samples.medianSeconds) * 1e9 / peak
    row.isAboveLimit = row.partOfLimit > 1
    return row
  }

  /// Seconds per kept tile.
  public var secondsPerTile: Double? {
    keptTiles.map { samples.medianSeconds / Double($0) }
  }
}
