import TensorCore

extension MaskGeometry {
  /// The keys that a block of queries is multiplied with, in tiles of at most `size` keys.
  ///
  /// Without a block list, tiles begin at multiples of `size` for every block of queries, so that
  /// results do not depend on how queries are shared among threads.
  func keyTiles(of queries: Range<Int>, size: Int) -> [Range<Int>] {
    keyRuns(of: queries).flatMap { run -> [Range<Int>] in
      let keys = run.range
      let origin = blocks == nil ? keys.lowerBound / size * size : keys.lowerBound
      return stride(from: origin, to: keys.upperBound, by: size).map {
        max($0, keys.lowerBound)..<min($0 + size, keys.upperBound)
      }
    }
  }
}

/// Lanes whose bit is 0, of the lowest eight bits.
@inline(__always)
func clearBits(_ bits: UInt32) -> SIMDMask<SIMD8<Int32>> {
  let masked =
    SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: bits))
    & SIMD8<Int32>(1, 2, 4, 8, 16, 32, 64, 128)
  return masked .== SIMD8<Int32>(repeating: 0)
}
