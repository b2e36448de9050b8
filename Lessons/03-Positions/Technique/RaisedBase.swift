import Foundation
import SmallTransformer

/// A larger base, chosen before training at the new length continues (Xiong et al., 2023, who raise
/// 10,000 to 500,000).
///
/// Unlike NTK-aware scaling, the base does not depend on the new length. Every pair but the first
/// becomes slower, and the model has to learn its new angles.
package struct RaisedBase: RotaryScaling {
  /// The new base divided by the old one.
  package let factor: Double

  package init(factor: Double) {
    self.factor = factor
  }

  package var name: String { "base × \(Int(factor))" }
  package var identity: String { "raised-base(\(factor))" }

  package func frequencies(_ unscaled: [Double], base: Double, headDim: Int) -> [Double] {
    unscaled.indices.map { pow(base * factor, -2 * Double($0) / Double(headDim)) }
  }
}
