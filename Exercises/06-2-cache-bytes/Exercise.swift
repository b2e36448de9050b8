/// The sizes that determine the size of a cache.
struct Shape {
  /// Layers that keep all tokens.
  var fullLayerCount: Int
  /// Layers that keep the last `window` tokens.
  var windowLayerCount: Int
  var window: Int
  var headCount: Int
  /// Heads of keys and values; at most `headCount`.
  var kvHeadCount: Int
  var headDim: Int
  var bytesPerElement: Int
}

/// The number of tokens of each of `batch` sequences that fit into the cache.
func longestContext(of shape: Shape, memoryBytes: Int, batch: Int) -> Int {
  // TODO: how many bytes does one token take in one layer? And what if the windows are full?
  return 0
}
