import Foundation

/// RoPE as the paper writes it, one pair of values at a time, in Double.
enum TextbookRotation {
  /// Rotates a query or a key to its position.
  ///
  /// The values i and i + D/2 of a head of D values are one complex number, which is multiplied by
  /// `e^(i · position · θ)` (Su et al., 2021, equation 13).
  ///
  /// Shapes: vector and result `[headDim]`; frequencies, θ of each pair in radians per token,
  /// `[headDim / 2]`.
  static func rotated(_ vector: [Float], position: Int, frequencies: [Double]) -> [Float] {
    var result = vector
    let half = vector.count / 2
    for pair in 0..<half {
      let angle = Double(position) * frequencies[pair]  // (1)
      let (a, b) = (Double(vector[pair]), Double(vector[pair + half]))
      result[pair] = Float(a * cos(angle) - b * sin(angle))  // (2)
      result[pair + half] = Float(a * sin(angle) + b * cos(angle))  // (2)
    }
    return result
  }
}
