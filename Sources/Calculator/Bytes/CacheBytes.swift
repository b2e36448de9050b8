extension ModelShape {
  /// Elements that the KV cache has per token: keys and values of every head and layer, or the
  /// latent state.
  public var cacheElementsPerToken: Int {
    layerCount * (latentCacheDim ?? kvHeadCount * (headDim + valueHeadDim))
  }

  /// Bytes of the KV cache: `2 · layers · kvHeads · headDim · tokens · batch`, times the bytes per
  /// element. With a window of W tokens it has at most W.
  public func cacheBytes(
    tokens: Int, batch: Int = 1, format: NumberFormat = .float16, window: Int? = nil
  ) -> Double {
    let kept = min(tokens, window ?? tokens)
    return format.bytes(of: Double(cacheElementsPerToken) * Double(kept) * Double(batch))
  }
}
