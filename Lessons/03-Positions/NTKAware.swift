import Foundation
import SmallTransformer

/// NTK-aware scaling: a larger base (bloc97, 2023; Peng et al., 2023, section 3.1).
///
/// `base′ = base · s^(D/(D−2))`. The slowest pair falls by exactly s, as in interpolation; the
/// fastest stays as it was, so neighbors stand as far apart as they did; between them the fall is
/// gradual.
package struct NTKAware: RotaryScaling {
  package let factor: Double

  package init(factor: Double) {
    self.factor = factor
  }

  package var name: String { "NTK-aware" }
  package var identity: String { "ntk(\(factor))" }

  package func frequencies(_ plain: [Double], base: Double, headDim: Int) -> [Double] {
    let dim = Double(headDim)
    let newBase = base * pow(factor, dim / (dim - 2))
    return plain.indices.map { pow(newBase, -2 * Double($0) / dim) }
  }
}
