/// A pass that only reads: nothing is kept, so the widest moment of a layer decides.
extension EngineBytes {
  /// The peaks of reading `length` new tokens; with a cache, its bytes are counted beside.
  ///
  /// - Complexity: O(1).
  public func reading(cacheCapacity: Int? = nil) -> Peaks {
    let cache = cacheCapacity.map { self.cache(capacity: $0) } ?? 0
    let workspace =
      tableBytes
      + max(
        4 * rows * max(attentionMoment, feedForwardMoment, headMoment),
        4 * rows * tiledMoment + tiles.forward)
    return Peaks(
      activations: 0, cache: cache, workspace: workspace, total: parameters + cache + workspace)
  }

  /// A layer's input, its normed form and the packed heads; then either these turned, or attention's
  /// result with, where the matrix is stored, the matrix and each head's copies.
  private var attentionMoment: Int {
    let turned = positions.rotates ? shape.packedDim : 0
    let scores =
      storesScores
      ? shape.headCount * length + shape.packedDim + 2 * shape.queryDim
      : shape.queryDim + shape.headCount
    return embedding + 2 * d + shape.packedDim + max(turned, scores)
  }

  private var tiledMoment: Int {
    guard !storesScores else { return 0 }
    return embedding + 2 * d + shape.packedDim + shape.queryDim + shape.headCount
  }

  /// A layer's input, attention's sum, its normed form, and the feed-forward layer inside.
  private var feedForwardMoment: Int { embedding + 3 * d + shape.upDim + f }

  /// The last layer's result, normed, and the logits.
  private var headMoment: Int { embedding + 2 * d + shape.vocabularyCount }

  /// The first layer's input, which lives on while later layers run.
  private var embedding: Int { shape.layerCount > 1 ? d : 0 }
}
