import Foundation
import SmallTransformer

/// YaRN: interpolate the pairs that training never saw turn, leave the fast ones (Peng et al., 2023).
///
/// A pair turns `r = T·θ/2π` times within the trained length T. Below α turns it is interpolated,
/// above β it stays, between them a ramp mixes the two (NTK-by-parts, section 3.2). Scores are
/// sharpened by multiplying queries and keys by `0.1·ln(s) + 1` (section 3.4).
///
/// The paper's α = 1 and β = 32 fit LLaMA's T of 2,048 and more. With a T so short that no pair
/// turns 32 times, β = 32 interpolates every pair at least in part; `fittedBeta` asks for less.
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
  package var magnitude: Double { 0.1 * log(factor) + 1 }

  package func frequencies(_ plain: [Double], base: Double, headDim: Int) -> [Double] {
    plain.map { frequency in
      let share = kept(turns: turns(of: frequency))
      return (1 - share) * frequency / factor + share * frequency
    }
  }

  /// How often a pair of this frequency turns within the trained length.
  package func turns(of frequency: Double) -> Double {
    Double(trainedLength) * frequency / (2 * .pi)
  }

  /// γ: 0 interpolates, 1 leaves the pair as it was.
  package func kept(turns: Double) -> Double { min(1, max(0, (turns - alpha) / (beta - alpha))) }

  /// The paper's 32 belongs to LLaMA's T of 2,048; turns within T are in proportion to T, and so is
  /// this β, but not below 4, where the ramp from α = 1 would become a step.
  package static func fittedBeta(trainedLength: Int) -> Double {
    max(4, (32 * Double(trainedLength) / 2048).rounded())
  }
}
