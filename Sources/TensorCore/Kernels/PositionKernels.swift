/// Which dimensions of a head turn together (Su et al., 2021, section 3.4.2).
public enum RotaryPairing: String, Codable, Sendable {
  /// Dimensions (0, 1), (2, 3), …: the paper's.
  case interleaved
  /// Dimensions (0, D/2), (1, D/2 + 1), …: GPT-NeoX's and LLaMA's in the Hugging Face library.
  /// The same scheme up to a permutation of the head's dimensions.
  case halves
}

/// Rotary position embedding.
public protocol PositionKernels {
  /// Copies `source` to `target` and turns, in each row, `headCount` heads from `firstHead` on.
  ///
  /// Shapes: `source`, `target` `[batch, seq, heads · headDim]`; `cosines`, `sines`
  /// `[positions, headDim / 2]`, row `firstPosition + s` for token s. `inverse` turns back, which
  /// is the gradient. Source and target may be the same tensor.
  func rotate(
    _ source: Tensor, into target: Tensor, cosines: Tensor, sines: Tensor, firstPosition: Int,
    firstHead: Int, headCount: Int, headDim: Int, pairing: RotaryPairing, inverse: Bool)
}
