extension ModelShape {
  /// Numbers that the cache holds for one token: keys and values of every head and layer, or the
  /// latent state.
  public var cacheNumbersPerToken: Int {
    layerCount * (latentCacheDim ?? 2 * kvHeadCount * headDim)
  }

  /// Bytes of the cache, at 16 bits a number unless said otherwise.
  public func cacheBytes(tokens: Int, batch: Int = 1, bytesPerNumber: Int = 2) -> Int {
    cacheNumbersPerToken * tokens * batch * bytesPerNumber
  }
}
