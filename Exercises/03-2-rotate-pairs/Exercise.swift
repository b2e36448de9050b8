import Foundation

/// A query or key rotated by its position (Su et al., 2021, section 3.2.2).
///
/// - `vector`: D elements, D even; element i forms a pair with element i + D/2.
/// - Returns: D elements; pair i is rotated by position · base^(−2i/D).
func rotated(_ vector: [Double], position: Int, base: Double = 10_000) -> [Double] {
  // TODO: rotate each pair by its angle.
  return []
}
