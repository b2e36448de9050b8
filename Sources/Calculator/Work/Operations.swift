/// Operations of a transformer; a multiplication and an addition count as two.
extension ModelShape {
  /// Products of one layer over `tokens` tokens: 8nd² + 16nd² where the heads are as wide as the
  /// model, none is shared and the feed-forward layer is four times as wide.
  public func linearFlops(tokens: Int) -> Double {
    let products = modelDim * (packedDim + resultDim + upDim + feedForwardDim)
    return 2 * Double(tokens) * Double(products)
  }

  /// Scores and weighted sums of one layer over a text of `tokens`: 4n²d, or with a kernel that
  /// skips what causality forbids about half. With a window, each token sees its last ones only.
  public func attentionFlops(
    tokens: Int, isCausal: Bool, window: Int? = nil
  ) -> Double {
    2 * Self.pairs(tokens: tokens, isCausal: isCausal, window: window) * pairDim
  }

  /// Products that one pair takes in all heads: a score, and its share of the weighted sum.
  var pairDim: Double { Double(queryDim + resultDim) }

  /// Pairs of a query and a key that take part in one head. A window is causal.
  static func pairs(tokens: Int, isCausal: Bool, window: Int?) -> Double {
    let n = Double(tokens)
    if let window {
      let w = min(Double(window), n)
      return n * w - w * (w - 1) / 2
    }
    return isCausal ? n * (n + 1) / 2 : n * n
  }

  /// Operations of training for one token at a context of T: 6N + 12LHQT, with the published N
  /// (Chowdhery et al., 2022, appendix B). With causality the second term halves.
  public func trainingFlopsPerToken(context: Int, isCausal: Bool = false) -> Double {
    6 * computedParameterCount + attentionTrainingFlops(context: context, isCausal: isCausal)
  }

  /// The attention term alone.
  public func attentionTrainingFlops(context: Int, isCausal: Bool = false) -> Double {
    let perKey = 6 * Double(layerCount) * pairDim
    return perKey * Double(context) * (isCausal ? 0.5 : 1)
  }

  /// The context at which attention costs as much as all weights: 6N / 12LHQ.
  public func crossing(isCausal: Bool = false) -> Double {
    6 * computedParameterCount / attentionTrainingFlops(context: 1, isCausal: isCausal)
  }
}
