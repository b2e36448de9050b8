import Foundation

func yarnFrequencies(
  headDim: Int, base: Double, factor: Double, trainedLength: Int, slow: Double, fast: Double
) -> [Double] {
  (0..<headDim / 2).map { pair in
    let frequency = pow(base, -2 * Double(pair) / Double(headDim))
    let rotations = Double(trainedLength) * frequency / (2 * .pi)
    let kept = min(1, max(0, (rotations - slow) / (fast - slow)))
    return kept * frequency + (1 - kept) * frequency / factor
  }
}
