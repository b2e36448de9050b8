import Foundation

/// Sinusoidal position encoding: sine and cosine waves, one frequency per two dimensions, added to
/// the embedding (Vaswani et al., 2017, section 3.5).
///
/// `PE(p, 2i) = sin(p / base^(2i/d))`, `PE(p, 2i + 1) = cos(p / base^(2i/d))`.
///
/// Every position has a vector without training. But a model learns to use only the vectors that
/// occur in training.
public struct Sinusoidal: PositionScheme {
  /// The longest wavelength, in units of 2π tokens.
  public let base: Double

  public init(base: Double = 10_000) {
    self.base = base
  }

  public var name: String { "sinusoidal" }
  public var identity: String { "sinusoidal(base: \(base))" }

  /// - Complexity: O(length · modelDim)
  public func addedTable(length: Int, modelDim: Int) -> [Float]? {
    var table = [Float](repeating: 0, count: length * modelDim)
    for position in 0..<length {
      for dimension in 0..<modelDim {
        let pair = Double(dimension / 2 * 2)
        let angle = Double(position) / pow(base, pair / Double(modelDim))
        table[position * modelDim + dimension] =
          Float(dimension % 2 == 0 ? sin(angle) : cos(angle))
      }
    }
    return table
  }
}
