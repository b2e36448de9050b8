/// The indices of the `count` sentences most similar to a question, in ascending order.
///
/// - `store`: one vector per sentence, all of the same length; at least `count` of them.
/// - `question`: a vector of that length, not zero.
/// - Returns: `count` indices of `store`, ascending; if two sentences are equally similar, the
///   earlier one.
func nearest(_ count: Int, in store: [[Float]], to question: [Float]) -> [Int] {
  // TODO: compute the cosine of each sentence with the question, then take the best.
  return []
}
