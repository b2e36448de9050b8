import Foundation

/// The bias of one head of ALiBi (Press et al., 2022, section 3): −slope · distance, and −∞ for
/// keys that come after the query.
///
/// - `head`: from 0 to headCount − 1. Its slope is 2^(−8·(head + 1)/headCount) if headCount is a
///   power of two. Otherwise, with p the largest power of two below headCount, the first p heads
///   have the slopes of p heads, and the others those of heads 0, 2, 4, … of 2·p heads.
/// - Returns: `[query][key]`, `length` rows of `length` values.
func alibiBias(length: Int, head: Int, headCount: Int) -> [[Float]] {
  // TODO: compute the slope of this head, then one row per query.
  return []
}
