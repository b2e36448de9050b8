/// The mask of a causal sliding window: each query sees itself and the `window − 1` tokens before.
///
/// - `window`: at least 1; it can be longer than the text.
/// - Returns: `[query][key]`, `length` rows of `length` values: whether the query sees the key.
func windowMask(length: Int, window: Int) -> [[Bool]] {
  // TODO: one row per query; true if the key is in its window.
  return []
}
