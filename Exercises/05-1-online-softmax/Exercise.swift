import Foundation

/// Attention of one query to a stream of scores: `Σ softmax(scores)ᵢ · valuesᵢ`, in one pass
/// (Milakov and Gimelshein, 2018).
///
/// Scores can be as large as 1,000. It keeps these three properties and no others.
struct OnlineAttention {
  /// The largest score so far.
  var maximum = -Float.infinity
  /// Σ exp(score − maximum) of all scores so far.
  var sum: Float = 0
  /// Σ exp(score − maximum) · value, one element per element of a value; empty before the first.
  var weighted: [Float] = []

  /// Takes the next score and its value. All values have the same length.
  mutating func add(score: Float, value: [Float]) {
    // TODO: update the three properties; then write `output` below.
  }

  /// The attention to all scores so far, at least one.
  var output: [Float] {
    return []
  }
}
