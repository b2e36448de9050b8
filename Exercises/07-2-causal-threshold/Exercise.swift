/// The indices of the tokens that go through the block. Each depends only on its own score.
///
/// - `scores`: of this text.
/// - `past`: scores of other texts, at least one; the fraction `capacity` of them, rounded to a
///   whole number k of at least 1, reaches the threshold.
/// - Returns: indices of `scores`, ascending, with a score of at least the threshold.
func chosen(_ scores: [Float], past: [Float], capacity: Double) -> [Int] {
  // TODO: compute the threshold from `past`, then compare each score with it.
  return []
}
