import Foundation
import SmallTransformer

/// YaRN: interpolate the slow pairs, leave the fast ones unchanged (Peng et al., 2023).
///
/// A pair makes `r = T·θ/2π` rotations within the trained length T. A pair with r < α is
/// interpolated, one with r > β stays unchanged, and a ramp mixes the two between α and β
/// (NTK-by-parts, section 3.2). Queries and keys are multiplied by `0.1·ln(s) + 1`, which lowers
/// the temperature of the softmax (section 3.4).
///
/// The paper's α = 1 and β = 32 fit a model in which some pairs make more than 32 rotations within
/// T.
package struct YaRN: RotaryScaling {
  package let factor: Double
  package let trainedLength: Int
  package let alpha: Double
  package let beta: Double

  package init(factor: Double, trainedLength: Int, alpha: Double = 1, beta: Double = 32) {
    self.factor = factor
    self.trainedLength = trainedLength
    self.alpha = alpha
    self.beta = beta
  }

  package var name: String { "YaRN, β = \(Int(beta))" }
  package var identity: String { "yarn(\(factor), \(trainedLength), \(alpha), \(beta))" }

  // lesson: begin yarn
  package var magnitude: Double { 0.1 * log(factor) + 1 }  // (9)

  package func frequencies(_ unscaled: [Double], base: Double, headDim: Int) -> [Double] {
    unscaled.map { frequency in
      let kept = gamma(rotations: rotations(of: frequency))
      return (1 - kept) * frequency / factor + kept * frequency  // (8)
    }
  }

  /// How many rotations a pair of this frequency makes within the trained length.
  package func rotations(of frequency: Double) -> Double {
    Double(trainedLength) * frequency / (2 * .pi)  // (6)
  }

  /// The paper's ramp γ: 0 interpolates a pair, 1 leaves it unchanged.
  package func gamma(rotations: Double) -> Double {
    min(1, max(0, (rotations - alpha) / (beta - alpha)))  // (7)
  }
  // lesson: end yarn
}
