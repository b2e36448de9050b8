/// The mask of a causal sliding window with attention sinks (Xiao et al., 2024), for the last tokens
/// of a text.
///
/// - `queryCount`: the queries are the last tokens of the text; at most `keyCount`.
/// - `keyCount`: the keys are all tokens of the text.
/// - `window`: at least 1; it can be longer than the text.
/// - `sinkCount`: the first tokens of the text, which stay visible; at least 0.
/// - Returns: `[query][key]`, whether the query sees the key.
func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] {
  // TODO: which token is the query of each row, and which keys does it see?
  return []
}
