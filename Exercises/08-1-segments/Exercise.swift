/// Segments of a chain of layers for recomputation (Chen et al., 2016, section 4.1).
///
/// - `layerCount`: at least 1.
/// - Returns: ranges of layers, in order, that hold each layer once; the number of ranges and the
///   length of the longest add up to as little as possible.
func segments(layerCount: Int) -> [Range<Int>] {
  // TODO: how long should a segment be? The last one may be shorter.
  return []
}
