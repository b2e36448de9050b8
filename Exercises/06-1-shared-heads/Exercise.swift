/// The keys of each query head, where neighbouring query heads share (Ainslie et al., 2023).
///
/// - `keys`: for each key head its numbers.
/// - `queryHeadCount`: a multiple of the number of key heads.
/// - Returns: `queryHeadCount` rows; each is the row of the key head that the query head uses.
func repeatedHeads(_ keys: [[Float]], queryHeadCount: Int) -> [[Float]] {
  // TODO: neighbours share: with 4 query heads and 2 key heads, heads 0 and 1 use key head 0.
  return []
}
