import SmallTransformer

/// Position interpolation: map the new positions into the trained range (Chen et al., 2023).
///
/// In a text s times as long, position m is used as `m / s`, so every frequency is divided by s. No
/// angle is new to the model, but the angles between neighbors are smaller than any in training.
package struct PositionInterpolation: RotaryScaling {
  package let factor: Double

  package init(factor: Double) {
    self.factor = factor
  }

  package var name: String { "position interpolation" }
  package var identity: String { "interpolation(\(factor))" }

  package func frequencies(_ unscaled: [Double], base: Double, headDim: Int) -> [Double] {
    unscaled.map { $0 / factor }  // (4)
  }
}
