import Foundation

/// One routed block (Raposo et al., 2024): the `k` tokens with the highest scores go through
/// `block`.
///
/// - `tokens`: one number per token, for simplicity.
/// - `scores`: the router's scores, one per token.
/// - Returns: `token + sigmoid(score) · block(token)` for a chosen token, the token itself for
///   others.
func routed(
  tokens: [Float], scores: [Float], k: Int, block: (Float) -> Float
) -> [Float] {
  // TODO: choose the k highest scores; add the output of the block, times the gate.
  return []
}
