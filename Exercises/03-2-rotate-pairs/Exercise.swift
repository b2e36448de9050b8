import Foundation

/// Which two of the D elements of a vector form pair i.
enum PairLayout {
  /// i and i + D/2.
  case halves
  /// 2i and 2i + 1.
  case neighbors
}

/// A query or key rotated by its position (Su et al., 2021, section 3.2.2).
///
/// - `vector`: D elements, D even.
/// - `position`: of any sign.
/// - Returns: D elements.
func rotated(
  _ vector: [Double], position: Int, layout: PairLayout = .halves, base: Double = 10_000
) -> [Double] {
  // TODO: rotate each pair by its angle; and write `moved` below.
  return []
}

/// The same key at another position; the key before its rotation is not known.
///
/// - `rotatedKey`: the key, rotated for `oldPosition`.
/// - Returns: the key, rotated for `newPosition`.
func moved(
  _ rotatedKey: [Double], from oldPosition: Int, to newPosition: Int,
  layout: PairLayout = .halves, base: Double = 10_000
) -> [Double] {
  return []
}
