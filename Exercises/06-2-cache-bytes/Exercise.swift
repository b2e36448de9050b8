/// What decides the size of a cache.
struct Shape {
  var layerCount: Int
  var headCount: Int
  /// Heads that keep keys and values; at most `headCount`.
  var kvHeadCount: Int
  var headDim: Int
  var bytesPerNumber: Int
}

/// How many tokens of each of `batch` sequences fit into the cache.
func longestContext(of shape: Shape, memoryBytes: Int, batch: Int) -> Int {
  // TODO: what does one token leave in the cache?
  return 0
}
