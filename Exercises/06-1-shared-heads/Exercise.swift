/// Scores of grouped-query attention for one token (Ainslie et al., 2023).
///
/// - `queries`: a vector for each query head; their number is a multiple of the number of key heads.
/// - `keys`: for each key head a vector for each token.
/// - Returns: for each query head a score for each token, query · key / √(length of a query).
func sharedScores(queries: [[Float]], keys: [[[Float]]]) -> [[Float]] {
  // TODO: neighbors share: with 4 query heads and 2 key heads, heads 0 and 1 use key head 0.
  return []
}
