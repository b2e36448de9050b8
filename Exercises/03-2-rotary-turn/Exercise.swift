import Foundation

/// A query or key turned to its position (Su et al., 2021, section 3.2.2).
///
/// - `vector`: D numbers, D even; number i makes a pair with number i + D/2.
/// - Returns: D numbers; pair i is turned by position · base^(−2i/D).
func turned(_ vector: [Double], position: Int, base: Double = 10_000) -> [Double] {
  // TODO: turn each pair by its angle.
  return []
}
