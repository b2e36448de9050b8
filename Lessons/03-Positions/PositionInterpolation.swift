import SmallTransformer

/// Position interpolation: squeeze the new positions into the trained range (Chen et al., 2023).
///
/// Position m is read as `m / s` for a text s times as long, so every frequency falls by s.
/// No angle is new to the model, but neighbors now stand closer than any it has seen.
package struct PositionInterpolation: RotaryScaling {
  package let factor: Double

  package init(factor: Double) {
    self.factor = factor
  }

  package var name: String { "position interpolation" }
  package var identity: String { "interpolation(\(factor))" }

  package func frequencies(_ plain: [Double], base: Double, headDim: Int) -> [Double] {
    plain.map { $0 / factor }
  }
}
