/// Scores of grouped-query attention for one token (Ainslie et al., 2023).
///
/// - `queries`: `[query head][element]`; the number of query heads is a multiple of that of key
///   heads.
/// - `keys`: `[key head][token][element]`.
/// - Returns: `[query head][token]`: query · key / √headDim.
func sharedScores(queries: [[Float]], keys: [[[Float]]]) -> [[Float]] {
  // TODO: neighbors share a key head: with 4 query heads and 2 key heads, heads 0 and 1 use key
  // head 0.
  return []
}
