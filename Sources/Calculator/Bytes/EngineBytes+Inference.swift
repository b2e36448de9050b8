/// The peaks of a pass without recording. Nothing is kept, so the peak is that of one layer.
extension EngineBytes {
  /// The peaks of a forward pass over `length` new tokens, and the bytes of the cache if there is
  /// one.
  ///
  /// - Complexity: O(1).
  public func inference(cacheCapacity: Int? = nil) -> PeakMemory {
    let cache = cacheCapacity.map { self.cache(capacity: $0) } ?? 0
    let workspace =
      tableBytes
      + max(
        4 * rows * max(attentionPeak, feedForwardPeak, headPeak),
        4 * rows * tiledPeak + tiles.forward)
    return PeakMemory(
      activations: 0, cache: cache, workspace: workspace, total: parameters + cache + workspace)
  }

  /// Elements per token in attention: the layer's input, the norm's result and the packed heads;
  /// then either the rotated heads, or attention's result and, for naive attention, the score
  /// matrix and the copies of each head.
  private var attentionPeak: Int {
    let rotated = positions.rotates ? shape.packedDim : 0
    let scores =
      storesScores
      ? shape.headCount * length + shape.packedDim + 2 * shape.queryDim
      : shape.queryDim + shape.headCount
    return embedding + 2 * d + shape.packedDim + max(rotated, scores)
  }

  private var tiledPeak: Int {
    guard !storesScores else { return 0 }
    return embedding + 2 * d + shape.packedDim + shape.queryDim + shape.headCount
  }

  /// The layer's input, the sum after attention, the norm's result, and the feed-forward
  /// activations.
  private var feedForwardPeak: Int { embedding + 3 * d + shape.upDim + f }

  /// The last layer's result, the norm's result, and the logits.
  private var headPeak: Int { embedding + 2 * d + shape.vocabularyCount }

  /// The first layer's input, which stays live while later layers run.
  private var embedding: Int { shape.layerCount > 1 ? d : 0 }
}
