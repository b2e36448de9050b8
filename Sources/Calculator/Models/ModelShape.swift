/// The two families of blocks.
public enum BlockKind: String, Codable, Sendable {
  /// LayerNorm, GELU between two projections, biases.
  case gpt
  /// RMSNorm, SwiGLU between three projections, no biases.
  case llama
}

/// The sizes of a transformer, as far as its cost follows from them.
public struct ModelShape: Equatable, Sendable {
  /// What stands before each sub-layer.
  public enum Norm: String, Codable, Sendable {
    /// A weight and a bias; remembers mean and deviation of each token.
    case layerNorm
    /// LayerNorm without its bias.
    case biaslessLayerNorm
    /// A weight; remembers the deviation.
    case rmsNorm
  }

  public var name: String
  public var layerCount: Int
  public var modelDim: Int
  public var headCount: Int
  public var kvHeadCount: Int
  /// Width of a query and of a key.
  public var headDim: Int
  /// Width of a value; as of a query, but where queries carry their positions beside.
  public var valueHeadDim: Int
  public var feedForwardDim: Int
  public var vocabularyCount: Int
  public var block: BlockKind
  public var norm: Norm
  /// Projections add a bias.
  public var hasBiases: Bool
  /// The output projection is the embedding table.
  public var tiesEmbedding: Bool
  /// Rows of a trained table of positions; 0 where positions have no weights.
  public var learnedPositionCount: Int
  /// As its authors print it, rounded; nil where they print none. Formulas of papers use it.
  public var publishedParameterCount: Double?
  /// Weights that one token passes, where these are not all: a mixture of experts.
  public var activeParameterCount: Double?
  /// Numbers a token and layer that the cache holds, where it is not keys and values of heads but a
  /// compressed state (DeepSeek-V2's latent attention); nil for heads.
  public var latentCacheDim: Int?
  /// Where the sizes are from.
  public var source: String

  /// Norm and biases follow the block unless they are given.
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

  /// Why no such model can be built; nil where it can.
  public var objection: String? {
    Self.objection(
      layers: layerCount,
      sizes: [
        "width": modelDim, "heads": headCount, "key/value heads": kvHeadCount,
        "head width": headDim, "feed-forward width": feedForwardDim, "vocabulary": vocabularyCount,
      ], headCount: headCount, kvHeadCount: kvHeadCount, headDim: headDim)
  }

  /// No model comes near these, and counts of weights up to here fit a whole number.
  private static let (mostLayers, largestSize) = (100_000, 1_000_000)

  /// The same before there is a shape: what a command line checks, with its own names of the sizes.
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

  /// What formulas of papers call N: the printed number, or the counted one where none is printed.
  public var nominalParameterCount: Double {
    publishedParameterCount ?? Double(parameterCount)
  }

  /// What a token is multiplied with: N, or the active part of it.
  public var computedParameterCount: Double { activeParameterCount ?? nominalParameterCount }

  /// What memory is planned with: the counted number; the printed one where the sizes do not tell
  /// it, as for a mixture of experts with a latent cache.
  public var heldParameterCount: Double {
    latentCacheDim == nil ? Double(parameterCount) : nominalParameterCount
  }
}

extension ModelShape {
  /// Every weight, norm and bias, counted from the sizes. For a latent cache this is not the
  /// model's own count, since its projections differ.
  public var parameterCount: Int {
    let tables = vocabularyCount * (tiesEmbedding ? 1 : 2) + learnedPositionCount
    return tables * modelDim + layerCount * layerParameterCount + normParameterCount
  }

  /// Those of one norm.
  public var normParameterCount: Int { norm == .layerNorm ? 2 * modelDim : modelDim }

  /// Those of one layer.
  public var layerParameterCount: Int {
    let products = modelDim * (packedDim + resultDim) + (upDim + feedForwardDim) * modelDim
    let biases = hasBiases ? packedDim + modelDim + upDim + modelDim : 0
    return products + biases + 2 * normParameterCount
  }

  /// Queries of all heads, side by side.
  public var queryDim: Int { headCount * headDim }
  /// What attention gives, the values' width for each head of queries.
  public var resultDim: Int { headCount * valueHeadDim }
  /// Queries, keys and values of all heads, side by side.
  public var packedDim: Int { queryDim + kvHeadCount * (headDim + valueHeadDim) }
  /// What the feed-forward layer's first product gives: twice the hidden width where it is gated.
  public var upDim: Int { block == .llama ? 2 * feedForwardDim : feedForwardDim }
}
