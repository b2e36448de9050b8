/// One kind of transformer layer: its attention, its feed-forward part, and its norms.
public struct Layer: Hashable, Sendable, Codable {
  public var attention: Attention
  public var feedForward: FeedForward
  /// Norms of the model's width: 2 before the parts, 4 if there are also norms after them (Gemma
  /// 2), 1 if both parts share one (Phi-2).
  public var normCount: Int

  public init(_ attention: Attention, _ feedForward: FeedForward, normCount: Int = 2) {
    self.attention = attention
    self.feedForward = feedForward
    self.normCount = normCount
  }
}

/// The sizes of an attention layer.
public struct Attention: Hashable, Sendable, Codable {
  /// The projections that add a bias.
  public enum Biases: String, Hashable, Sendable, Codable {
    case none
    /// Queries, keys and values (Qwen2).
    case inputs
    /// Also the output projection (GPT-2, gpt-oss).
    case all
  }

  /// Norms of queries and keys, each with its own weights.
  public enum QueryKeyNorm: String, Hashable, Sendable, Codable {
    case none
    /// One norm of a head's width for all heads (Qwen3, Gemma 3).
    case perHead
    /// One norm of the width of all heads (OLMo 2).
    case allHeads
  }

  /// Latent attention: the cache has one compressed vector per token instead of keys and values
  /// (DeepSeek-AI, 2024, DeepSeek-V2, section 2.1).
  public struct Latent: Hashable, Sendable, Codable {
    /// The width of the compressed keys and values.
    public var rank: Int
    /// The width of the rotated part of a key, which all heads share; part of `headDim`.
    public var rotaryDim: Int
    /// The width of the compressed queries; nil if queries are not compressed.
    public var queryRank: Int?

    public init(rank: Int, rotaryDim: Int, queryRank: Int?) {
      self.rank = rank
      self.rotaryDim = rotaryDim
      self.queryRank = queryRank
    }
  }

  public var headCount: Int
  public var kvHeadCount: Int
  /// The width of a query and of a key.
  public var headDim: Int
  public var valueHeadDim: Int
  /// Tokens that a token attends to, itself included; nil for all.
  public var window: Int?
  public var latent: Latent?
  public var biases: Biases
  public var queryKeyNorm: QueryKeyNorm
  /// A learned score per head that takes part in the softmax (gpt-oss).
  public var hasSinks: Bool

  public init(
    heads: Int, kvHeads: Int? = nil, headDim: Int, valueHeadDim: Int? = nil, window: Int? = nil,
    latent: Latent? = nil, biases: Biases = .none, queryKeyNorm: QueryKeyNorm = .none,
    hasSinks: Bool = false
  ) {
    headCount = heads
    kvHeadCount = kvHeads ?? heads
    self.headDim = headDim
    self.valueHeadDim = valueHeadDim ?? headDim
    self.window = window
    self.latent = latent
    self.biases = biases
    self.queryKeyNorm = queryKeyNorm
    self.hasSinks = hasSinks
  }

  /// The width of the queries of all heads.
  public var queryDim: Int { headCount * headDim }
  /// The width of the result: a value per query head.
  public var resultDim: Int { headCount * valueHeadDim }
  /// The width of queries, keys and values as attention computes with them. Latent attention
  /// expands a key and a value for every head.
  public var packedDim: Int {
    queryDim + (latent == nil ? kvHeadCount : headCount) * (headDim + valueHeadDim)
  }
  /// Multiply-adds per query-key pair in all heads: the score, and the term of the weighted sum.
  var pairDim: Double { Double(queryDim + resultDim) }

  /// Elements that the cache has per token for keys, and for values. A latent vector counts as a
  /// key.
  var cacheDims: (keys: Int, values: Int) {
    if let latent { return (latent.rank + latent.rotaryDim, 0) }
    return (kvHeadCount * headDim, kvHeadCount * valueHeadDim)
  }

  /// Devices that tensor parallelism can spread the cache over: those with key/value heads of
  /// their own. A latent vector belongs to all heads, so every device has it.
  func cacheShares(of deviceCount: Int) -> Int {
    latent == nil ? min(deviceCount, kvHeadCount) : 1
  }
}

/// The sizes of a feed-forward layer, or of a mixture of experts.
public struct FeedForward: Hashable, Sendable, Codable {
  /// Experts of equal width, some of which are chosen for each token.
  public struct Experts: Hashable, Sendable, Codable {
    public var total: Int
    /// Chosen for each token.
    public var active: Int
    /// The width of the shared expert, which every token uses; 0 if there is none. Several shared
    /// experts count as one of their total width.
    public var sharedDim: Int
    /// Weights of the router besides its matrix: its biases, or the gate of the shared expert.
    public var otherWeights: Int

    public init(total: Int, active: Int, sharedDim: Int = 0, otherWeights: Int = 0) {
      self.total = total
      self.active = active
      self.sharedDim = sharedDim
      self.otherWeights = otherWeights
    }
  }

  /// The width after the activation, of one expert if there are several.
  public var hiddenDim: Int
  /// Whether two products of the input are multiplied (SwiGLU, GeGLU): three matrices, not two.
  public var isGated: Bool
  public var hasBiases: Bool
  public var experts: Experts?

  public init(
    _ hiddenDim: Int, isGated: Bool = true, hasBiases: Bool = false, experts: Experts? = nil
  ) {
    self.hiddenDim = hiddenDim
    self.isGated = isGated
    self.hasBiases = hasBiases
    self.experts = experts
  }

  /// The hidden width per token: of the chosen experts and the shared one together.
  public var activeDim: Int { hiddenDim * (experts?.active ?? 1) + (experts?.sharedDim ?? 0) }
  /// The width per token of the first product: twice the hidden width if gated.
  public var upDim: Int { activeDim * (isGated ? 2 : 1) }
}

// MARK: Weights

/// Weights by what can divide them: tensor parallelism splits matrices by heads and hidden units.
public struct WeightCount: Hashable, Sendable {
  /// Of matrices whose rows or columns belong to hidden units or query heads.
  public var split = 0
  /// Of matrices of key/value heads: split over at most that many devices.
  public var perKVHead = 0
  public var kvHeadCount = 1
  /// Of norms, biases after a sum, routers and latent projections: on every device.
  public var copied = 0
  /// Of these, weights that are not in a matrix of a layer, so that quantization leaves them.
  public var vectors = 0
  /// Of `split`, weights of the matrices of experts that are chosen by a router.
  public var experts = 0

  public var total: Int { split + perKVHead + copied }

  /// Weights on one of `deviceCount` devices.
  func onEach(of deviceCount: Int) -> Double {
    Double(split) / Double(deviceCount)
      + Double(perKVHead) / Double(min(deviceCount, kvHeadCount)) + Double(copied)
  }
}

extension Attention {
  /// The weights of the projections, of a model of this width.
  func weights(modelDim d: Int) -> WeightCount {
    var count = WeightCount()
    count.kvHeadCount = kvHeadCount
    count.split = resultDim * d
    if let latent {
      let queryInput = latent.queryRank ?? d
      count.split += queryInput * queryDim
      count.split += latent.rank * headCount * (headDim - latent.rotaryDim + valueHeadDim)
      count.copied += d * (latent.rank + latent.rotaryDim) + latent.rank
      count.copied += latent.queryRank.map { d * $0 + $0 } ?? 0
      count.vectors += latent.rank + (latent.queryRank ?? 0)
    } else {
      count.split += d * queryDim
      count.perKVHead += d * kvHeadCount * (headDim + valueHeadDim)
    }
    var vectors = 0
    if biases != .none { vectors += queryDim + kvHeadCount * (headDim + valueHeadDim) }
    if biases == .all { vectors += d }
    switch queryKeyNorm {
    case .none: break
    case .perHead: vectors += 2 * headDim
    case .allHeads: vectors += queryDim + kvHeadCount * headDim
    }
    if hasSinks { vectors += headCount }
    count.copied += vectors
    count.vectors += vectors
    return count
  }
}

extension FeedForward {
  /// The weights of a feed-forward layer of a model of this width: all of them, or those that one
  /// token uses.
  func weights(modelDim d: Int, activeOnly: Bool = false) -> WeightCount {
    let matrices = isGated ? 3 : 2
    func one(_ hidden: Int) -> Int { matrices * d * hidden }
    let biases = hasBiases ? (matrices - 1) * hiddenDim + d : 0
    var count = WeightCount()
    guard let experts else {
      count.split = one(hiddenDim)
      count.copied = biases
      count.vectors = biases
      return count
    }
    let used = activeOnly ? experts.active : experts.total
    count.experts = used * one(hiddenDim)
    count.split = count.experts + one(experts.sharedDim)
    count.vectors = used * biases + d * experts.total + experts.otherWeights
    count.copied = count.vectors
    return count
  }
}
