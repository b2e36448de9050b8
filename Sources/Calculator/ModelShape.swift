/// The two families of blocks.
public enum BlockKind: String, Codable, Sendable {
  /// LayerNorm, GELU between two projections, biases.
  case gpt
  /// RMSNorm, SwiGLU between three projections, no biases.
  case llama
}

/// The sizes of a transformer, as far as its cost follows from them.
public struct ModelShape: Equatable, Sendable {
  public var name: String
  public var layerCount: Int
  public var modelDim: Int
  public var headCount: Int
  public var kvHeadCount: Int
  public var headDim: Int
  public var feedForwardDim: Int
  public var vocabularyCount: Int
  public var block: BlockKind
  /// The output projection is the embedding table.
  public var tiesEmbedding: Bool
  /// As its authors print it, rounded; nil where they print none. Formulas of papers use it.
  public var publishedParameterCount: Double?
  /// Numbers a token and layer that the cache holds, where it is not keys and values of heads but a
  /// compressed state (DeepSeek-V2's latent attention); nil for heads.
  public var latentCacheDim: Int?
  /// Where the sizes are from.
  public var source: String

  /// - Precondition: sizes are positive, key/value heads divide the heads.
  public init(
    name: String, layerCount: Int, modelDim: Int, headCount: Int, kvHeadCount: Int? = nil,
    headDim: Int? = nil, feedForwardDim: Int, vocabularyCount: Int, block: BlockKind = .llama,
    tiesEmbedding: Bool = false, publishedParameterCount: Double? = nil,
    latentCacheDim: Int? = nil, source: String
  ) {
    let kvHeadCount = kvHeadCount ?? headCount
    precondition(
      layerCount > 0 && modelDim > 0 && headCount > 0 && feedForwardDim > 0 && vocabularyCount > 0,
      "model \(name): a size is not positive")
    precondition(
      kvHeadCount > 0 && headCount % kvHeadCount == 0,
      "model \(name): \(headCount) heads cannot share \(kvHeadCount) key/value heads")
    self.name = name
    self.layerCount = layerCount
    self.modelDim = modelDim
    self.headCount = headCount
    self.kvHeadCount = kvHeadCount
    self.headDim = headDim ?? modelDim / headCount
    self.feedForwardDim = feedForwardDim
    self.vocabularyCount = vocabularyCount
    self.block = block
    self.tiesEmbedding = tiesEmbedding
    self.publishedParameterCount = publishedParameterCount
    self.latentCacheDim = latentCacheDim
    self.source = source
  }

  /// What formulas of papers call N: the printed number, or the counted one where none is printed.
  public var nominalParameterCount: Double {
    publishedParameterCount ?? Double(parameterCount)
  }
}

extension ModelShape {
  /// Every weight, norm and bias, counted from the sizes. For a latent cache this is not the
  /// model's own count, since its projections differ.
  public var parameterCount: Int {
    let embedding = vocabularyCount * modelDim
    let finalNorm = block == .gpt ? 2 * modelDim : modelDim
    return embedding * (tiesEmbedding ? 1 : 2) + layerCount * layerParameterCount + finalNorm
  }

  /// Those of one layer.
  public var layerParameterCount: Int {
    let queryDim = headCount * headDim
    let packedDim = queryDim + 2 * kvHeadCount * headDim
    let products = modelDim * packedDim + queryDim * modelDim
    switch block {
    case .gpt:
      let biases = packedDim + modelDim + feedForwardDim + modelDim
      return products + 2 * modelDim * feedForwardDim + biases + 4 * modelDim
    case .llama:
      return products + 3 * modelDim * feedForwardDim + 2 * modelDim
    }
  }
}
