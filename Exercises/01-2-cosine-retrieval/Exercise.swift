/// The places of the `count` sentences most like a question, in the order of the story.
///
/// - `store`: a vector for each sentence, all of one length; at least `count` of them.
/// - `question`: a vector of that length, not zero.
/// - Returns: `count` places in `store`, ascending; of equal ones the earlier is taken.
func nearest(_ count: Int, in store: [[Float]], to question: [Float]) -> [Int] {
  // TODO: the cosine of each sentence with the question, then the best of them.
  return []
}
