import LessonKit
/// What the machine can do, measured before the rows that are held against it.
public struct MachineLimits: Codable, Sendable {
  /// Operations a second; a multiply-add is two.
  public var multiplyAddFlops: Double
  public var readBytesPerSecond: Double
  /// Read and written bytes both counted.
  public var copyBytesPerSecond: Double

  public init(multiplyAddFlops: Double, readBytesPerSecond: Double, copyBytesPerSecond: Double) {
    self.multiplyAddFlops = multiplyAddFlops
    self.readBytesPerSecond = readBytesPerSecond
    self.copyBytesPerSecond = copyBytesPerSecond
  }
}

/// One measured case.
public struct BenchRow: Codable, Sendable {
  public var group: BenchGroup
  public var section: String
  public var name: String
  public var limit: WorkLimit
  public var samples: Samples
  /// Runs that one sample is the mean of.
  public var runsPerSample: Int
  public var flops: Double
  public var gigaflops: Double
  /// Bytes that must be moved, where bandwidth is the limit.
  public var bytesMoved: Double?
  /// Of the multiply-add peak or of the read bandwidth, by `limit`.
  public var partOfLimit: Double
  /// The meter's peak over making the tensors and running once.
  public var peakBytes: Int
  /// Tiles of 16 × 16 pairs that the mask leaves, all heads together.
  public var keptTiles: Int?
  /// The loss of the first training step.
  public var firstLoss: Double?
  public var peer: PeerRow?

  public struct PeerRow: Codable, Sendable {
    public var samples: Samples
    /// The peer's time by ours, turn by turn: how many times as fast ours is.
    public var ratioMedian: Double
    public var ratioMinimum: Double
    public var ratioMaximum: Double

    /// - Precondition: as many turns of one as of the other, at least one.
    public init(ours: [Turn], theirs: [Turn]) {
      precondition(ours.count == theirs.count, "ratio: turns \(ours.count) and \(theirs.count)")
      samples = Samples(theirs)
      let ratios = zip(ours, theirs).map { $1.seconds / $0.seconds }.sorted()
      ratioMedian = median(ratios)
      ratioMinimum = ratios[0]
      ratioMaximum = ratios[ratios.count - 1]
    }
  }
}

extension BenchRow {
  /// Operations or bytes a second of some time for this row's work, in units of 10⁹.
  public func rate(seconds: Double) -> Double {
    (limit == .bandwidth ? bytesMoved ?? 0 : flops) / seconds * 1e-9
  }

  /// Seconds of one kept tile.
  public var secondsPerTile: Double? {
    keptTiles.map { samples.medianSeconds / Double($0) }
  }
}
