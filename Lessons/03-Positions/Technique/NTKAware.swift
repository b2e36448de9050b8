import Foundation
import SmallTransformer

/// NTK-aware scaling: a larger base (bloc97, 2023; Peng et al., 2023, section 3.1).
///
/// `base′ = base · s^(D/(D−2))`. The slowest pair is divided by s, as in position interpolation.
/// The fastest pair is unchanged, so it still tells neighbors apart. The pairs between them are
/// divided by factors between 1 and s.
package struct NTKAware: RotaryScaling {
  package let factor: Double

  package init(factor: Double) {
    self.factor = factor
  }

  package var name: String { "NTK-aware" }
  package var identity: String { "ntk(\(factor))" }

  package func frequencies(_ unscaled: [Double], base: Double, headDim: Int) -> [Double] {
    let dim = Double(headDim)
    let newBase = base * pow(factor, dim / (dim - 2))  // (5)
    return unscaled.indices.map { pow(newBase, -2 * Double($0) / dim) }
  }
}
