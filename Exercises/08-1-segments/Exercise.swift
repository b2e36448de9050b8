/// Segments of a chain of layers for recomputation (Chen et al., 2016, section 4.1).
///
/// - `layerCount`: at least 1.
/// - Returns: ranges of layers, in order, which contain each layer once; the number of ranges plus
///   the length of the longest is as small as possible.
func segments(layerCount: Int) -> [Range<Int>] {
  // TODO: how long should a segment be? The last one can be shorter.
  return []
}
