import Foundation

/// One routed block (Raposo et al., 2024): the `k` tokens of highest score pass through `block`.
///
/// - `tokens`: one number a token, to keep it short.
/// - `scores`: the router's, one a token.
/// - Returns: for a chosen token `token + sigmoid(score) · block(token)`, the others as they were.
func routed(
  tokens: [Float], scores: [Float], k: Int, block: (Float) -> Float
) -> [Float] {
  // TODO: choose the k highest scores; add what the block gives, times the gate.
  return []
}
