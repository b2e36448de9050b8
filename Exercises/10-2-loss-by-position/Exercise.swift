/// Mean loss of positions 0, 1, 2–3, 4–7, 8–15, …
///
/// - `losses`: one per position, in order; can be empty.
/// - Returns: one mean per group that has a position; the last group can be shorter.
func lossByPosition(_ losses: [Float]) -> [Float] {
  // TODO: each group is twice as long as the one before.
  return []
}
