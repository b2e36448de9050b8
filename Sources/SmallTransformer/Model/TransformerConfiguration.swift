import TensorCore

/// The normalization before attention, before the feed-forward layer, and before the output.
public enum NormKind: String, Codable, Sendable {
  case layerNorm
  case rmsNorm
}

/// The activation of the feed-forward layer.
public enum FeedForwardKind: String, Codable, Sendable {
  /// `down(gelu(up(x)))`
  case gelu
  /// `down(silu(gate(x)) · up(x))`
  case swiGLU
}

/// The implementation of attention. Both give the same results up to rounding.
public enum AttentionKind: String, Codable, Sendable {
  /// In tiles, without a queries × keys matrix (Dao et al., 2022).
  case tiled
  /// With a materialized queries × keys matrix, which is kept for the backward pass.
  case naive
}

/// The hyperparameters of a decoder-only transformer.
///
/// `gpt` and `llama` give the choices of the two families; each can be changed separately.
public struct TransformerConfiguration: Sendable {
  /// The number of tokens in the vocabulary.
  public var vocabularyCount: Int
  /// The width of the residual stream.
  public var modelDim: Int
  public var layerCount: Int
  /// Query heads.
  public var headCount: Int
  /// Key/value heads: `headCount` is multi-head, 1 multi-query, between them grouped.
  public var kvHeadCount: Int
  /// The width of the feed-forward activations; with SwiGLU, of each half.
  public var feedForwardDim: Int
  public var norm: NormKind
  public var feedForward: FeedForwardKind
  /// The position encoding.
  public var positions: any PositionScheme
  /// Which keys each query attends to.
  public var pattern: any AttentionPattern
  /// Whether the output projection is the embedding table, transposed.
  public var tiesEmbedding: Bool
  /// Whether projections add a bias.
  public var hasBiases: Bool
  /// The ε under the square root of each norm.
  public var normEpsilon: Float = 1e-5
  /// Standard deviation of initial token embeddings. GPT-2's 0.02 suits learned positions of the
  /// same size. Sinusoids have a mean square of ½ and would dominate them, so Vaswani et al.
  /// (section 3.4) scale their embeddings to about 1.
  public var embeddingInitStd: Float = 0.02
  /// Dropout rate in training: of the embedding and of the results of attention and feed-forward.
  /// Naive attention drops probabilities too; tiled attention does not store them.
  public var dropout: Float = 0
  public var attention = AttentionKind.tiled
  /// Whether each head has a learned sink: a logit in the softmax's denominator without a value, so
  /// that a head can attend to nothing (Agarwal et al., 2025: gpt-oss). Tiled attention only.
  public var hasLearnedSinks = false
  /// The kind of layers: dense or routed.
  public var blocks: any BlockScheme = DenseBlocks()
  /// Constant token vectors; nil for a trained table.
  public var fixedEmbedding: FixedEmbedding?
  /// The number of output classes; nil for the vocabulary.
  public var classCount: Int?

  /// The width of one head.
  public var headDim: Int { modelDim / headCount }

  /// LayerNorm, GELU, biases, a feed-forward width of 4 · modelDim (Radford et al., 2019).
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
  /// The feed-forward width is ⅔ · 4 · modelDim, rounded up to a multiple of 8, so that its three
  /// matrices have as many weights as GPT's two.
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

  /// - Precondition: sizes are positive, `headCount` divides `modelDim`, and `kvHeadCount` divides
  ///   `headCount`.
  func requireValid() {
    precondition(
      vocabularyCount > 0 && modelDim > 0 && layerCount > 0 && feedForwardDim > 0,
      "transformer: a size is not positive in \(identity)")
    precondition(
      headCount > 0 && modelDim % headCount == 0,
      "transformer: \(headCount) heads do not divide modelDim \(modelDim)")
    precondition(
      kvHeadCount > 0 && headCount % kvHeadCount == 0,
      "transformer: \(headCount) heads cannot share \(kvHeadCount) key/value heads")
    precondition(
      !tiesEmbedding || (fixedEmbedding == nil && classCount == nil),
      "transformer: a tied embedding must be trained, and its classes are the vocabulary")
    precondition(
      !hasLearnedSinks || attention == .tiled,
      "transformer: learned sinks need tiled attention, not \(attention.rawValue)")
    precondition(
      dropout >= 0 && dropout < 1, "transformer: dropout \(dropout); it must be in 0 ..< 1")
  }

  /// Every setting in one line. Models with equal lines and seeds are equal before training.
  public var identity: String {
    """
    vocabulary \(vocabularyCount), width \(modelDim), layers \(layerCount), heads \(headCount)/\
    \(kvHeadCount), feed-forward \(feedForward.rawValue) \(feedForwardDim), \(norm.rawValue) \
    \(normEpsilon), positions \(positions.identity), pattern \(pattern.identity), \
    tied \(tiesEmbedding), biases \(hasBiases), embedding \(embeddingInitStd)
    """ + (dropout > 0 ? ", dropout \(dropout)" : "")
      + (attention == .tiled ? "" : ", attention \(attention.rawValue)")
      + (hasLearnedSinks ? ", learned sinks" : "")
      + (blocks is DenseBlocks ? "" : ", blocks \(blocks.identity)")
      + (fixedEmbedding.map { ", embedding fixed: \($0.identity)" } ?? "")
      + (classCount.map { ", outputs \($0)" } ?? "")
  }

  /// A copy with another position scheme. The weights fit both, unless one of them is `Learned`.
  public func with(positions: any PositionScheme) -> TransformerConfiguration {
    var copy = self
    copy.positions = positions
    return copy
  }

  /// A copy with another sharing of key/value heads.
  /// - Throws: `SharingError` if the heads do not divide evenly.
  public func with(
    sharing: KeyValueSharing
  ) throws(SharingError) -> TransformerConfiguration {
    var copy = self
    copy.kvHeadCount = try sharing.kvHeadCount(of: headCount)
    return copy
  }

  /// A copy with another attention pattern.
  public func with(pattern: any AttentionPattern) -> TransformerConfiguration {
    var copy = self
    copy.pattern = pattern
    return copy
  }
}

/// Constant token vectors, for inputs that are vectors rather than tokens of a text.
public struct FixedEmbedding: Sendable {
  /// A one-line description of the vectors: trained models are cached under it.
  public let identity: String
  /// The vector of a token, `[modelDim]`.
  public let vector: @Sendable (_ token: Int) -> [Float]

  public init(identity: String, vector: @escaping @Sendable (_ token: Int) -> [Float]) {
    self.identity = identity
    self.vector = vector
  }
}
