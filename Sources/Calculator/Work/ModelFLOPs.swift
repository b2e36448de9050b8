/// FLOPs of a transformer. A multiply-add is 2 FLOPs.
extension ModelShape {
  /// FLOPs of one layer's matrix products over `tokens` tokens: 8nd² + 16nd² for a model of width d
  /// with multi-head attention, heads · headDim = d and a feed-forward width of 4d. Of the first
  /// kind of layer.
  public func linearFlops(tokens: Int) -> Double {
    let weights = weights(of: layer, activeOnly: true)
    return 2 * Double(tokens) * Double(weights.total - weights.vectors)
  }

  /// FLOPs of one layer's scores and weighted sums over `tokens` tokens: 4n²d, or about half with a
  /// kernel that skips masked pairs. With a window, each token sees the last `window` tokens. Of
  /// the first kind of layer.
  public func attentionFlops(
    tokens: Int, isCausal: Bool, window: Int? = nil
  ) -> Double {
    2 * Self.pairs(tokens: tokens, isCausal: isCausal, window: window) * layer.attention.pairDim
  }

  /// Query-key pairs of one head. A window of W limits each query to W keys; if masked pairs are
  /// skipped, the first queries have fewer.
  static func pairs(tokens: Int, isCausal: Bool, window: Int?) -> Double {
    let n = Double(tokens)
    let w = min(Double(window ?? tokens), n)
    return isCausal ? n * w - w * (w - 1) / 2 : n * w
  }

  /// FLOPs of all layers' scores and weighted sums in a forward pass over one sequence, each layer
  /// with its own window or a shorter one.
  func attentionForwardFlops(tokens: Int, isCausal: Bool, window: Int? = nil) -> Double {
    groups.reduce(0) { sum, group in
      let attention = group.layer.attention
      let limit = [attention.window, window].compactMap { $0 }.min()
      return sum + Double(group.count) * 2 * attention.pairDim
        * Self.pairs(tokens: tokens, isCausal: isCausal, window: limit)
    }
  }

  /// The weights in the products of each token of a prompt: of the layers, without experts that are
  /// not chosen, and of the last norm. The embedding and learned positions are looked up, and the
  /// output projection is needed for the last token only.
  public var promptParameterCount: Double {
    Double(norm.weights(of: modelDim))
      + groups.reduce(0.0) {
        $0 + Double($1.count) * Double(weights(of: $1.layer, activeOnly: true).total)
      }
  }

  /// FLOPs of the logits of one token.
  var logitFlops: Double { 2 * Double(modelDim) * Double(vocabularyCount) }

  /// Training FLOPs per token at a context of T: 6N + 12LHQT with N weights, L layers, H heads of
  /// dimension Q (Chowdhery et al., 2022, appendix B). N is the published number, of which a
  /// mixture of experts uses a part. If `isCausal`, the second term is half as large.
  public func trainingFlopsPerToken(context: Int, isCausal: Bool = false) -> Double {
    6 * activeParameterCount + attentionTrainingFlops(context: context, isCausal: isCausal)
  }

  /// The attention term of `trainingFlopsPerToken`.
  public func attentionTrainingFlops(context: Int, isCausal: Bool = false) -> Double {
    let all = 3 * attentionForwardFlops(tokens: context, isCausal: false) / Double(context)
    return all * (isCausal ? 0.5 : 1)
  }

  /// The context length at which attention takes as many FLOPs as the weights: 6N / 12LHQ. Windows
  /// are not counted.
  public func crossing(isCausal: Bool = false) -> Double {
    let perKey = groups.reduce(0.0) {
      $0 + 6 * Double($1.count) * $1.layer.attention.pairDim
    }
    return 6 * activeParameterCount / (perKey * (isCausal ? 0.5 : 1))
  }
}
