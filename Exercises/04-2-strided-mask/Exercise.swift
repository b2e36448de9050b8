/// The keys of one query under a strided mask (Child et al., 2019, section 4.3).
///
/// - `stride`: at least 1.
/// - Returns: in ascending order: the query itself, the `stride` tokens before it, and every
///   `stride`-th token counted back from it.
func stridedKeys(query: Int, stride: Int) -> [Int] {
  // TODO: which distances are visible?
  return []
}
