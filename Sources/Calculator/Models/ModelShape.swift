/// The two kinds of transformer block.
public enum BlockKind: String, Codable, Sendable {
  /// LayerNorm, GELU between two projections, biases.
  case gpt
  /// RMSNorm, SwiGLU between three projections, no biases.
  case llama
}

/// The sizes of a transformer that determine its cost.
public struct ModelShape: Equatable, Sendable {
  /// The normalization before attention and feed-forward.
  public enum Norm: String, Codable, Sendable {
    /// A weight and a bias; keeps mean and 1/std per token.
    case layerNorm
    /// LayerNorm without its bias.
    case biaslessLayerNorm
    /// A weight; keeps 1/rms per token.
    case rmsNorm
  }

  public var name: String
  public var layerCount: Int
  public var modelDim: Int
  public var headCount: Int
  public var kvHeadCount: Int
  /// Width of a query and of a key.
  public var headDim: Int
  /// Width of a value: that of a query, unless queries have a separate rotary part.
  public var valueHeadDim: Int
  public var feedForwardDim: Int
  public var vocabularyCount: Int
  public var block: BlockKind
  public var norm: Norm
  /// Whether projections add a bias.
  public var hasBiases: Bool
  /// Whether the output projection is the embedding table.
  public var tiesEmbedding: Bool
  /// Rows of a trained position table; 0 if there is none.
  public var learnedPositionCount: Int
  /// The number of weights as the authors publish it, rounded; nil if they do not. Papers use it in
  /// their formulas.
  public var publishedParameterCount: Double?
  /// Weights used per token, if these are not all, as in a mixture of experts.
  public var activeParameterCount: Double?
  /// Cache elements per token and layer of a compressed state (DeepSeek-V2's latent attention); nil
  /// for a cache of keys and values.
  public var latentCacheDim: Int?
  /// The source of the sizes.
  public var source: String

  /// Norm and biases follow from the block unless given.
  /// - Precondition: there is no objection to the sizes.
  public init(
    name: String, layerCount: Int, modelDim: Int, headCount: Int, kvHeadCount: Int? = nil,
    headDim: Int? = nil, valueHeadDim: Int? = nil, feedForwardDim: Int, vocabularyCount: Int,
    block: BlockKind = .llama,
    norm: Norm? = nil, hasBiases: Bool? = nil, tiesEmbedding: Bool = false,
    learnedPositionCount: Int = 0, publishedParameterCount: Double? = nil,
    activeParameterCount: Double? = nil, latentCacheDim: Int? = nil, source: String
  ) {
    self.name = name
    self.layerCount = layerCount
    self.modelDim = modelDim
    self.headCount = headCount
    self.kvHeadCount = kvHeadCount ?? headCount
    self.headDim = headDim ?? modelDim / max(1, headCount)
    self.valueHeadDim = valueHeadDim ?? self.headDim
    self.feedForwardDim = feedForwardDim
    self.vocabularyCount = vocabularyCount
    self.block = block
    self.norm = norm ?? (block == .gpt ? .layerNorm : .rmsNorm)
    self.hasBiases = hasBiases ?? (block == .gpt)
    self.tiesEmbedding = tiesEmbedding
    self.learnedPositionCount = learnedPositionCount
    self.publishedParameterCount = publishedParameterCount
    self.activeParameterCount = activeParameterCount
    self.latentCacheDim = latentCacheDim
    self.source = source
    if let objection { preconditionFailure("model \(name): \(objection)") }
  }

  /// Why the sizes are invalid; nil if they are valid.
  public var objection: String? {
    Self.objection(
      layers: layerCount,
      sizes: [
        "width": modelDim, "heads": headCount, "key/value heads": kvHeadCount,
        "head width": headDim, "feed-forward width": feedForwardDim, "vocabulary": vocabularyCount,
      ], headCount: headCount, kvHeadCount: kvHeadCount, headDim: headDim)
  }

  /// Limits far above any model, and small enough that their products do not overflow.
  private static let (mostLayers, largestSize) = (100_000, 1_000_000)

  /// As `objection`, for sizes that are not yet a shape, with their names for the message. The
  /// command line uses it.
  public static func objection(
    layers: Int, sizes: [String: Int], headCount: Int, kvHeadCount: Int, headDim: Int
  ) -> String? {
    if layers < 1 || layers > mostLayers {
      return "\(layers) layers: it must be from 1 to \(mostLayers)"
    }
    let wrong = sizes.filter { $0.value < 1 || $0.value > largestSize }
    if let wrong = wrong.min(by: { $0.key < $1.key }) {
      return "\(wrong.key) \(wrong.value): it must be from 1 to \(largestSize)"
    }
    if headCount * headDim > largestSize {
      return "\(headCount) heads of \(headDim): together at most \(largestSize)"
    }
    guard kvHeadCount > 0, headCount % kvHeadCount == 0 else {
      return "\(headCount) heads cannot share \(kvHeadCount) key/value heads evenly"
    }
    return nil
  }

  /// N in the formulas of papers: the published number of weights, or the counted one.
  public var nominalParameterCount: Double {
    publishedParameterCount ?? Double(parameterCount)
  }

  /// The number of weights used per token: N, or its active part.
  public var computedParameterCount: Double { activeParameterCount ?? nominalParameterCount }

  /// The number of weights in memory: counted, or the published one if it does not follow from the
  /// sizes, as for a mixture of experts with a latent cache.
  public var heldParameterCount: Double {
    latentCacheDim == nil ? Double(parameterCount) : nominalParameterCount
  }
}

extension ModelShape {
  /// The number of weights, counted from the sizes. It is wrong for a model with a latent cache,
  /// whose projections differ.
  public var parameterCount: Int {
    let tables = vocabularyCount * (tiesEmbedding ? 1 : 2) + learnedPositionCount
    return tables * modelDim + layerCount * layerParameterCount + normParameterCount
  }

  /// Weights of one norm.
  public var normParameterCount: Int { norm == .layerNorm ? 2 * modelDim : modelDim }

  /// Weights of one layer.
  public var layerParameterCount: Int {
    let products = modelDim * (packedDim + resultDim) + (upDim + feedForwardDim) * modelDim
    let biases = hasBiases ? packedDim + modelDim + upDim + modelDim : 0
    return products + biases + 2 * normParameterCount
  }

  /// Width of the queries of all heads.
  public var queryDim: Int { headCount * headDim }
  /// Width of attention's result: a value per query head.
  public var resultDim: Int { headCount * valueHeadDim }
  /// Width of the queries, keys and values of all heads.
  public var packedDim: Int { queryDim + kvHeadCount * (headDim + valueHeadDim) }
  /// Width of the feed-forward layer's first product: twice the hidden width if it is gated.
  public var upDim: Int { block == .llama ? 2 * feedForwardDim : feedForwardDim }
}
