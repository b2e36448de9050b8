import SmallTransformer

/// Position interpolation: squeeze the new positions into the trained range (Chen et al., 2023).
///
/// Position m is read as `m / s` for a text s times as long, so every frequency falls by s.
/// No angle is new to the model, but neighbours now stand closer than any it has seen.
struct PositionInterpolation: RotaryScaling {
  let factor: Double

  var name: String { "position interpolation" }
  var identity: String { "interpolation(\(factor))" }

  func frequencies(_ plain: [Double], base: Double, headDim: Int) -> [Double] {
    plain.map { $0 / factor }
  }
}
