import Foundation

/// Attention of one query in one pass: `Σ softmax(scores)ᵢ · valuesᵢ`, and no score is looked at
/// twice.
///
/// - `scores`: one number for each key, at least one; they may be as large as 1,000.
/// - `values`: for each key a row of numbers, all rows of one length.
/// - Returns: a row of that length.
func onlineAttention(scores: [Float], values: [[Float]]) -> [Float] {
  // TODO: read the scores once. Keep the largest so far, the sum of the weights, and the output.
  return []
}
