import Foundation

/// Attention of one query in one pass: `Σ softmax(scores)ᵢ · valuesᵢ`. Each score
/// is read once.
///
/// - `scores`: one per key, at least one; they can be as large as 1,000.
/// - `values`: one row per key, all of the same length.
/// - Returns: a row of the same length.
func onlineAttention(scores: [Float], values: [[Float]]) -> [Float] {
  // TODO: read the scores once. Keep the largest one, the sum of the weights, and the output.
  return []
}
