/// The causal sliding window: each query sees itself and the `window − 1` tokens before it.
///
/// - `window`: at least 1; it may be longer than the text.
/// - Returns: `length` rows, one a query, each of `length` truths, one a key: may it be seen?
func windowMask(length: Int, window: Int) -> [[Bool]] {
  // TODO: a row for each query; true where the key is in its window.
  return []
}
