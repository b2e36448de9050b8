/// FLOPs of a transformer. A multiply-add is 2 FLOPs.
extension ModelShape {
  /// FLOPs of one layer's matrix products over `tokens` tokens: 8nd² + 16nd² for a model of width d
  /// with multi-head attention, heads · headDim = d and a feed-forward width of 4d.
  public func linearFlops(tokens: Int) -> Double {
    let products = modelDim * (packedDim + resultDim + upDim + feedForwardDim)
    return 2 * Double(tokens) * Double(products)
  }

  /// FLOPs of one layer's scores and weighted sums over `tokens` tokens: 4n²d, or about half with a
  /// kernel that skips masked pairs. With a window, each token sees the last `window` tokens.
  public func attentionFlops(
    tokens: Int, isCausal: Bool, window: Int? = nil
  ) -> Double {
    2 * Self.pairs(tokens: tokens, isCausal: isCausal, window: window) * pairDim
  }

  /// Multiply-adds per query-key pair in all heads: the score, and the term of the weighted sum.
  var pairDim: Double { Double(queryDim + resultDim) }

  /// Query-key pairs of one head that are not masked. A window is causal.
  static func pairs(tokens: Int, isCausal: Bool, window: Int?) -> Double {
    let n = Double(tokens)
    if let window {
      let w = min(Double(window), n)
      return n * w - w * (w - 1) / 2
    }
    return isCausal ? n * (n + 1) / 2 : n * n
  }

  /// Training FLOPs per token at a context of T: 6N + 12LHQT with N weights, L layers, H heads of
  /// dimension Q (Chowdhery et al., 2022, appendix B). N is the published number. If `isCausal`,
  /// the second term is half as large.
  public func trainingFlopsPerToken(context: Int, isCausal: Bool = false) -> Double {
    6 * computedParameterCount + attentionTrainingFlops(context: context, isCausal: isCausal)
  }

  /// The attention term of `trainingFlopsPerToken`.
  public func attentionTrainingFlops(context: Int, isCausal: Bool = false) -> Double {
    let perKey = 6 * Double(layerCount) * pairDim
    return perKey * Double(context) * (isCausal ? 0.5 : 1)
  }

  /// The context length at which attention takes as many FLOPs as the weights: 6N / 12LHQ.
  public func crossing(isCausal: Bool = false) -> Double {
    6 * computedParameterCount / attentionTrainingFlops(context: 1, isCausal: isCausal)
  }
}
