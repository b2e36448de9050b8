/// The largest number of tokens that takes at most `memoryBytes`.
///
/// - `bytes`: the bytes of a length of at least 1; it never decreases.
/// - Returns: the number of tokens; 0 if not even one fits.
func longestFit(memoryBytes: Int, bytes: (Int) -> Int) -> Int {
  // TODO: find a length that fits and one that does not, then halve the distance.
  return 0
}
