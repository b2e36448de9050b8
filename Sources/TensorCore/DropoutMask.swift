/// Which numbers a dropout keeps, as a function of their place: nothing is stored.
///
/// A counter-based generator (Salmon et al., 2011): the mask is a hash of seed, step, site and
/// element, so that whoever knows these four makes the same mask again, in any order, on any number
/// of threads: the backward pass, or a layer that is computed a second time.
public struct DropoutMask: Hashable, Sendable {
  /// The share that is dropped.
  public let rate: Float
  /// Two halves of a key made of seed, step and site.
  public var key: (first: UInt32, second: UInt32) { (first, second) }
  private let first: UInt32
  private let second: UInt32

  /// - Parameters:
  ///   - rate: The share that is dropped, from 0 to below 1.
  ///   - seed: The run's.
  ///   - step: The training step; each has masks of its own.
  ///   - site: Which dropout of the model.
  /// - Precondition: the rate lies in 0 ..< 1.
  public init(rate: Float, seed: UInt64, step: Int, site: Int) {
    precondition(rate >= 0 && rate < 1, "dropout: a rate of \(rate); it must lie in 0 ..< 1")
    self.rate = rate
    var generator = SeededGenerator(seed: seed, stream: "dropout \(step) \(site)")
    let bits = generator.next()
    (first, second) = (UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32))
  }

  /// What kept numbers are multiplied by, so that the mean stays: 1 / (1 − rate).
  public var keptScale: Float { 1 / (1 - rate) }

  /// An element is kept where the upper 24 bits of its hash are at least this.
  public var threshold: Int32 { Int32((rate * 0x1p24).rounded()) }

  /// Whether an element is kept: the reference of the kernels.
  ///
  /// The mixing is lowbias32 (Wellons, 2018), once for each half of the key.
  public func keeps(_ index: Int) -> Bool {
    let hash = Self.mix(Self.mix(UInt32(truncatingIfNeeded: index) ^ first) &+ second)
    return Int32(hash >> 8) >= threshold
  }

  private static func mix(_ number: UInt32) -> UInt32 {
    var x = number
    x = (x ^ (x >> 16)) &* 0x7FEB_352D
    x = (x ^ (x >> 15)) &* 0x846C_A68B
    return x ^ (x >> 16)
  }
}
