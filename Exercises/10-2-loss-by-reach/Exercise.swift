/// Mean loss of positions 0, 1, 2–3, 4–7, 8–15, …
///
/// - `losses`: one for each position, in order; may be empty.
/// - Returns: a mean for each group that has a position; the last group may be cut short.
func lossByReach(_ losses: [Float]) -> [Float] {
  // TODO: each group is twice as long as the one before.
  return []
}
