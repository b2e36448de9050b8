extension ModelShape {
  /// Numbers that the cache holds for one token: keys and values of every head and layer, or the
  /// latent state.
  public var cacheNumbersPerToken: Int {
    layerCount * (latentCacheDim ?? kvHeadCount * (headDim + valueHeadDim))
  }

  /// Bytes of the cache: `2 · layers · kvHeads · headDim · tokens · batch`, times the bytes of a
  /// number. A window of W tokens keeps no more than W (`window`).
  public func cacheBytes(
    tokens: Int, batch: Int = 1, format: NumberFormat = .float16, window: Int? = nil
  ) -> Double {
    let kept = min(tokens, window ?? tokens)
    return format.bytes(of: Double(cacheNumbersPerToken) * Double(kept) * Double(batch))
  }
}
