/// Places of the tokens that take the block, each decided by its own score alone.
///
/// - `scores`: of the text at hand.
/// - `past`: scores of other texts, at least one; the share `capacity` of them, rounded to a whole
///   number k of at least 1, reaches the threshold.
/// - Returns: places in `scores`, ascending, whose score is at least the threshold.
func chosen(_ scores: [Float], past: [Float], capacity: Double) -> [Int] {
  // TODO: a threshold from the past, then each score against it.
  return []
}
