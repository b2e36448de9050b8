/// A dropout mask as a function of the element's index; it is never stored.
///
/// A counter-based generator (Salmon et al., 2011): the mask is a hash of seed, step, site and
/// index. So the backward pass, or a layer that is recomputed, generates the same mask again, in
/// any order and on any number of threads.
public struct DropoutMask: Hashable, Sendable {
  /// The fraction of elements that is dropped.
  public let rate: Float
  /// The key, a hash of seed, step and site, in two halves.
  public var key: (first: UInt32, second: UInt32) { (first, second) }
  private let first: UInt32
  private let second: UInt32

  /// - Parameters:
  ///   - rate: the fraction of elements that is dropped, in 0 ..< 1.
  ///   - seed: the run's seed.
  ///   - step: the training step; each step has its own masks.
  ///   - site: the index of the dropout in the model.
  /// - Precondition: the rate is in 0 ..< 1.
  public init(rate: Float, seed: UInt64, step: Int, site: Int) {
    precondition(rate >= 0 && rate < 1, "dropout: the rate is \(rate), but must be in 0 ..< 1")
    self.rate = rate
    var generator = SeededGenerator(seed: seed, stream: "dropout \(step) \(site)")
    let bits = generator.next()
    (first, second) = (UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32))
  }

  /// The factor on kept elements, 1 / (1 − rate), which preserves the mean.
  public var keptScale: Float { 1 / (1 - rate) }

  /// An element is kept if the upper 24 bits of its hash are at least this.
  public var threshold: Int32 { Int32((rate * 0x1p24).rounded()) }

  /// Whether an element is kept: the definition that kernels are tested against.
  ///
  /// The mixing is lowbias32 (Wellons, 2018), once for each half of the key.
  public func keeps(_ index: Int) -> Bool {
    let hash = Self.mix(Self.mix(UInt32(truncatingIfNeeded: index) ^ first) &+ second)
    return Int32(hash >> 8) >= threshold
  }

  private static func mix(_ bits: UInt32) -> UInt32 {
    var x = bits
    x = (x ^ (x >> 16)) &* 0x7FEB_352D
    x = (x ^ (x >> 15)) &* 0x846C_A68B
    return x ^ (x >> 16)
  }
}
