import TensorCore

/// What stands before each sub-layer.
public enum NormKind: String, Codable, Sendable {
  case layerNorm
  case rmsNorm
}

/// What stands between the two feed-forward products.
public enum FeedForwardKind: String, Codable, Sendable {
  /// `down(gelu(up(x)))`
  case gelu
  /// `down(silu(gate(x)) · up(x))`
  case swiGLU
}

/// Which attention a training pass runs; both give the same numbers up to rounding.
public enum AttentionKind: String, Codable, Sendable {
  /// Tile by tile, without the queries × keys matrix (Dao et al., 2022).
  case tiled
  /// With the matrix, stored for the backward pass: what a lesson compares with.
  case naive
}

/// Everything that shapes a decoder-only transformer.
///
/// `gpt` and `llama` give the two families' choices; every one of them can be changed by itself.
public struct TransformerConfiguration: Sendable {
  public var vocabularyCount: Int
  public var modelDim: Int
  public var layerCount: Int
  public var headCount: Int
  /// Key/value heads: `headCount` is multi-head, 1 multi-query, between them grouped.
  public var kvHeadCount: Int
  public var feedForwardDim: Int
  public var norm: NormKind
  public var feedForward: FeedForwardKind
  public var positions: any PositionScheme
  public var pattern: any AttentionPattern
  /// The output projection is the embedding table, transposed.
  public var tiesEmbedding: Bool
  /// Projections add a bias.
  public var hasBiases: Bool
  public var normEpsilon: Float = 1e-5
  /// How large fresh token embeddings are. GPT-2's 0.02 suits learned positions of the same size;
  /// beside sinusoids, whose mean square is ½, tokens would drown in it, which is why Vaswani et
  /// al. (section 3.4) multiply theirs up to about 1.
  public var embeddingInitStd: Float = 0.02
  /// The share of numbers that training drops from the embedding and from what each sub-layer adds
  /// to the residual; plain attention drops probabilities too, the tiled one has none to drop.
  public var dropout: Float = 0
  public var attention = AttentionKind.tiled
  /// What a layer is made of; dense unless a lesson routes.
  public var blocks: any BlockScheme = DenseBlocks()
  /// Vectors of tokens that are given and not trained; nil for a trained table.
  public var fixedEmbedding: FixedEmbedding?
  /// Classes that the model chooses from, where they are not the vocabulary.
  public var classCount: Int?

  public var headDim: Int { modelDim / headCount }

  /// LayerNorm, GELU, biases, four times the width in between (Radford et al., 2019).
  public static func gpt(
    vocabularyCount: Int = 256, modelDim: Int = 128, layerCount: Int = 4, headCount: Int = 4,
    positions: any PositionScheme = Sinusoidal()
  ) -> TransformerConfiguration {
    TransformerConfiguration(
      vocabularyCount: vocabularyCount, modelDim: modelDim, layerCount: layerCount,
      headCount: headCount, kvHeadCount: headCount, feedForwardDim: 4 * modelDim,
      norm: .layerNorm, feedForward: .gelu, positions: positions, pattern: Causal(),
      tiesEmbedding: false, hasBiases: true)
  }

  /// RMSNorm, SwiGLU, rotary positions, no biases, tied embedding (Touvron et al., 2023).
  ///
  /// The hidden width is ⅔ · 4 · modelDim, rounded up to a multiple of 8, which makes three
  /// matrices cost what GPT's two do.
  public static func llama(
    vocabularyCount: Int = 256, modelDim: Int = 128, layerCount: Int = 4, headCount: Int = 4,
    kvHeadCount: Int? = nil, positions: any PositionScheme = Rotary()
  ) -> TransformerConfiguration {
    TransformerConfiguration(
      vocabularyCount: vocabularyCount, modelDim: modelDim, layerCount: layerCount,
      headCount: headCount, kvHeadCount: kvHeadCount ?? headCount,
      feedForwardDim: (8 * modelDim / 3 + 7) / 8 * 8, norm: .rmsNorm, feedForward: .swiGLU,
      positions: positions, pattern: Causal(), tiesEmbedding: true, hasBiases: false)
  }

  /// - Precondition: sizes are positive, heads divide the width, key/value heads the heads.
  func requireValid() {
    precondition(
      vocabularyCount > 0 && modelDim > 0 && layerCount > 0 && feedForwardDim > 0,
      "transformer: a size is not positive in \(identity)")
    precondition(
      headCount > 0 && modelDim % headCount == 0,
      "transformer: \(headCount) heads do not divide the width \(modelDim)")
    precondition(
      kvHeadCount > 0 && headCount % kvHeadCount == 0,
      "transformer: \(headCount) heads cannot share \(kvHeadCount) key/value heads")
    precondition(
      !tiesEmbedding || (fixedEmbedding == nil && classCount == nil),
      "transformer: a tied embedding is trained, and is the output projection")
    precondition(
      dropout >= 0 && dropout < 1, "transformer: dropout \(dropout); it must lie in 0 ..< 1")
  }

  /// Every choice in one line: equal lines are equal models, before training.
  public var identity: String {
    """
    vocabulary \(vocabularyCount), width \(modelDim), layers \(layerCount), heads \(headCount)/\
    \(kvHeadCount), feed-forward \(feedForward.rawValue) \(feedForwardDim), \(norm.rawValue) \
    \(normEpsilon), positions \(positions.identity), pattern \(pattern.identity), \
    tied \(tiesEmbedding), biases \(hasBiases), embedding \(embeddingInitStd)
    """ + (dropout > 0 ? ", dropout \(dropout)" : "")
      + (attention == .tiled ? "" : ", attention \(attention.rawValue)")
      + (blocks is DenseBlocks ? "" : ", blocks \(blocks.identity)")
      + (fixedEmbedding.map { ", embedding fixed: \($0.identity)" } ?? "")
      + (classCount.map { ", outputs \($0)" } ?? "")
  }

  /// The same with another position scheme: the weights of one fit the other unless it learns them.
  public func with(positions: any PositionScheme) -> TransformerConfiguration {
    var copy = self
    copy.positions = positions
    return copy
  }

  /// The same with keys and values shared otherwise.
  /// - Throws: `SharingError` where the heads do not divide.
  public func with(
    sharing: KeyValueSharing
  ) throws(SharingError) -> TransformerConfiguration {
    var copy = self
    copy.kvHeadCount = try sharing.kvHeadCount(of: headCount)
    return copy
  }

  /// The same with another pattern of attention.
  public func with(pattern: any AttentionPattern) -> TransformerConfiguration {
    var copy = self
    copy.pattern = pattern
    return copy
  }
}
