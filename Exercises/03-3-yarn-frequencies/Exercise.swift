import Foundation

/// The frequencies of RoPE for a longer text (NTK-by-parts in Peng et al., 2023, section 3.2).
///
/// - `headDim`: D, even. `base`: that of the trained model.
/// - `factor`: the new length divided by `trainedLength`, at least 1.
/// - `slow`, `fast`: numbers of rotations within `trainedLength`, α and β in the paper; slow < fast.
/// - Returns: D/2 frequencies in radians per token, the fastest first.
func yarnFrequencies(
  headDim: Int, base: Double, factor: Double, trainedLength: Int, slow: Double, fast: Double
) -> [Double] {
  // TODO: for each pair, count its rotations, and decide how much of its frequency stays.
  return []
}
