import LessonKit
import Plotting
import SmallTransformer

/// The frequencies with which the lesson runs one trained RoPE model.
enum Stretch: String, CaseIterable, Codable {
  case asTrained = "as-trained"
  case interpolation, ntk, yarn
  case raisedBase = "raised-base"

  /// What the raised base is multiplied by (Xiong et al., 2023).
  static let baseFactor = 50.0

  /// The frequencies for `factor` times the trained length; nil for those of the training.
  func scaling(factor: Double, trainedLength: Int) -> (any RotaryScaling)? {
    switch self {
    case .asTrained: nil
    case .interpolation: PositionInterpolation(factor: factor)
    case .ntk: NTKAware(factor: factor)
    case .yarn: YaRN(factor: factor, trainedLength: trainedLength)
    case .raisedBase: RaisedBase(factor: Self.baseFactor)
    }
  }

  /// The name in legends and tables.
  var name: String {
    switch self {
    case .asTrained: "as trained"
    case .interpolation: "position interpolation"
    case .ntk: "NTK-aware"
    case .yarn: "YaRN"
    case .raisedBase: "base × \(Int(Self.baseFactor))"
    }
  }

  /// Its color in figures.
  var concept: Concept {
    switch self {
    case .asTrained: .rope
    case .interpolation: .interpolation
    case .ntk: .ntkAware
    case .yarn: .yarn
    case .raisedBase: .latentAttention
    }
  }
}

/// How fast the pairs of a RoPE model rotate within its trained length.
struct RotationProfile {
  let name: String
  let trainedLength: Int
  let base: Double
  let headDim: Int

  /// Rotations of each pair within the trained length.
  var rotations: [Double] {
    Rotary(base: base).frequencies(headDim: headDim).map {
      YaRN(factor: 1, trainedLength: trainedLength).rotations(of: $0)
    }
  }

  /// The share of pairs with fewer than one rotation, and with more than 32.
  var incompleteShare: Double { Double(rotations.count { $0 < 1 }) / Double(headDim / 2) }
  var fastShare: Double { Double(rotations.count { $0 > 32 }) / Double(headDim / 2) }
}
