/// The largest number of tokens that takes at most `memoryBytes`.
///
/// - `bytes`: what a length of at least 1 takes; never less for a longer one.
/// - Returns: tokens; 0 where not even one fits.
func longestFit(memoryBytes: Int, bytes: (Int) -> Int) -> Int {
  // TODO: find two lengths with the border between them, then halve the distance.
  return 0
}
