/// The two families of transformer block.
public enum BlockKind: String, Codable, Sendable {
  /// LayerNorm, GELU between two projections, biases.
  case gpt
  /// RMSNorm, SwiGLU between three projections, no biases.
  case llama
}

/// The sizes of a transformer that determine its memory and its FLOPs.
public struct ModelShape: Equatable, Sendable {
  /// The kind of all norms.
  public enum Norm: String, Codable, Sendable {
    /// A weight and a bias; keeps mean and 1/std per token.
    case layerNorm
    /// LayerNorm without its bias.
    case biaslessLayerNorm
    /// A weight; keeps 1/rms per token.
    case rmsNorm
    /// No weights (OLMo); keeps mean and 1/std per token.
    case weightless

    func weights(of width: Int) -> Int {
      switch self {
      case .layerNorm: 2 * width
      case .biaslessLayerNorm, .rmsNorm: width
      case .weightless: 0
      }
    }

    /// Numbers kept per token for the backward pass.
    public var statistics: Int { self == .rmsNorm ? 1 : 2 }
  }

  /// Consecutive or interleaved layers of one kind.
  public struct LayerGroup: Hashable, Sendable, Codable {
    public var count: Int
    public var layer: Layer

    public init(_ count: Int, _ layer: Layer) {
      self.count = count
      self.layer = layer
    }
  }

  public var name: String
  public var modelDim: Int
  public var vocabularyCount: Int
  /// The kinds of layers, with their numbers.
  public var groups: [LayerGroup]
  /// The kind of each layer, as an index into `groups`; empty if the order is not known. It matters
  /// to a pipeline only.
  private var order: [Int] = []
  public var norm: Norm
  /// Whether the output projection is the embedding table.
  public var tiesEmbedding: Bool
  /// Rows of a trained position table; 0 if there is none.
  public var learnedPositionCount: Int
  /// Weights that no other size describes, for instance of a bias of the output projection.
  public var otherParameterCount: Int
  /// The number of weights in a paper's formulas, if the paper rounds it; nil for the counted one.
  public var publishedParameterCount: Double?
  /// The longest context that the model is made for; nil if its authors state none.
  public var trainedContext: Int?
  /// The source of the sizes.
  public var source: String
  /// The format in which the weights are published; nil for 16 bits.
  public var publishedFormat: WeightFormat?

  public init(
    name: String, modelDim: Int, vocabularyCount: Int, groups: [LayerGroup], norm: Norm = .rmsNorm,
    tiesEmbedding: Bool = false, learnedPositionCount: Int = 0, otherParameterCount: Int = 0,
    publishedParameterCount: Double? = nil, trainedContext: Int? = nil, source: String
  ) {
    self.name = name
    self.modelDim = modelDim
    self.vocabularyCount = vocabularyCount
    self.groups = groups
    self.norm = norm
    self.tiesEmbedding = tiesEmbedding
    self.learnedPositionCount = learnedPositionCount
    self.otherParameterCount = otherParameterCount
    self.publishedParameterCount = publishedParameterCount
    self.trainedContext = trainedContext
    self.source = source
  }

  /// A model with these layers.
  public init(
    name: String, modelDim: Int, vocabularyCount: Int, layers: [Layer], norm: Norm = .rmsNorm,
    tiesEmbedding: Bool = false, learnedPositionCount: Int = 0, otherParameterCount: Int = 0,
    trainedContext: Int? = nil, source: String
  ) {
    self.init(
      name: name, modelDim: modelDim, vocabularyCount: vocabularyCount,
      groups: [], norm: norm,
      tiesEmbedding: tiesEmbedding, learnedPositionCount: learnedPositionCount,
      otherParameterCount: otherParameterCount, trainedContext: trainedContext, source: source)
    setLayers(layers)
  }

  /// Replaces the layers: their kinds, in the order in which they first occur, and their order.
  public mutating func setLayers(_ layers: [Layer]) {
    groups = []
    order = []
    var indices: [Layer: Int] = [:]
    for layer in layers {
      let index = indices[layer] ?? groups.count
      if index == groups.count {
        indices[layer] = index
        groups.append(LayerGroup(0, layer))
      }
      groups[index].count += 1
      order.append(index)
    }
  }

  /// The kind of each layer from the first to the last, as an index into `groups`; nil if the order
  /// is not known.
  public var kinds: [Int]? {
    if groups.count == 1 { return [Int](repeating: 0, count: groups[0].count) }
    // The groups can have been changed since.
    var counts = [Int](repeating: 0, count: groups.count)
    for index in order {
      guard index < counts.count else { return nil }
      counts[index] += 1
    }
    return counts == groups.map(\.count) ? order : nil
  }

  /// A model whose layers are all of one kind. Norm and biases follow from the block unless given.
  public init(
    name: String, layerCount: Int, modelDim: Int, headCount: Int, kvHeadCount: Int? = nil,
    headDim: Int? = nil, valueHeadDim: Int? = nil, feedForwardDim: Int, vocabularyCount: Int,
    block: BlockKind = .llama, norm: Norm? = nil, hasBiases: Bool? = nil,
    tiesEmbedding: Bool = false, learnedPositionCount: Int = 0,
    publishedParameterCount: Double? = nil, trainedContext: Int? = nil, source: String
  ) {
    let biased = hasBiases ?? (block == .gpt)
    let layer = Layer(
      Attention(
        heads: headCount, kvHeads: kvHeadCount, headDim: headDim ?? modelDim / max(1, headCount),
        valueHeadDim: valueHeadDim, biases: biased ? .all : .none),
      FeedForward(feedForwardDim, isGated: block == .llama, hasBiases: biased))
    self.init(
      name: name, modelDim: modelDim, vocabularyCount: vocabularyCount,
      groups: [LayerGroup(layerCount, layer)],
      norm: norm ?? (block == .gpt ? .layerNorm : .rmsNorm), tiesEmbedding: tiesEmbedding,
      learnedPositionCount: learnedPositionCount,
      publishedParameterCount: publishedParameterCount, trainedContext: trainedContext,
      source: source)
  }

  // MARK: Sizes of all layers

  public var layerCount: Int { groups.reduce(0) { $0 + $1.count } }
  /// The first kind of layer.
  public var layer: Layer { groups[0].layer }
  public var headCount: Int { layer.attention.headCount }
  /// Key/value heads of the first kind of layer; setting it sets all layers.
  public var kvHeadCount: Int {
    get { layer.attention.kvHeadCount }
    set { for index in groups.indices { groups[index].layer.attention.kvHeadCount = newValue } }
  }
  /// Whether every layer caches a latent vector.
  public var isLatent: Bool { groups.allSatisfy { $0.layer.attention.latent != nil } }
  public var hasExperts: Bool { groups.contains { $0.layer.feedForward.experts != nil } }

  // MARK: Weights

  /// The number of weights, counted from the sizes.
  public var parameterCount: Int { tableParameterCount + layerParameterCount }

  /// The weights of the embedding and the output projection.
  var vocabularyParameterCount: Int { vocabularyCount * (tiesEmbedding ? 1 : 2) * modelDim }

  /// The weights of the embedding, the output projection, learned positions, and the last norm.
  public var tableParameterCount: Int {
    vocabularyParameterCount + learnedPositionCount * modelDim
      + norm.weights(of: modelDim) + otherParameterCount
  }

  public var layerParameterCount: Int {
    groups.reduce(0) { $0 + $1.count * weights(of: $1.layer).total }
  }

  /// The weights of one layer by what can divide them: all of them, or those that one token uses.
  public func weights(of layer: Layer, activeOnly: Bool = false) -> WeightCount {
    var count = layer.attention.weights(modelDim: modelDim)
    let other = layer.feedForward.weights(modelDim: modelDim, activeOnly: activeOnly)
    let norms = layer.normCount * norm.weights(of: modelDim)
    count.split += other.split
    count.experts += other.experts
    count.copied += other.copied + norms
    count.vectors += other.vectors + norms
    return count
  }

  /// N in the formulas of papers: the rounded number of weights that the paper uses, or the counted
  /// one.
  public var nominalParameterCount: Double {
    publishedParameterCount ?? Double(parameterCount)
  }

  /// The number of weights that one token uses: N without the experts that are not chosen.
  public var activeParameterCount: Double {
    guard hasExperts else { return nominalParameterCount }
    return Double(tableParameterCount)
      + groups.reduce(0.0) {
        $0 + Double($1.count) * Double(weights(of: $1.layer, activeOnly: true).total)
      }
  }

  /// The model with `count` modules that predict further tokens: each has a layer of the last kind,
  /// a projection of two vectors to one, and three norms; embedding and output projection are those
  /// of the model (DeepSeek-AI, 2024, DeepSeek-V3, section 2.2).
  public func predicting(further count: Int) -> ModelShape {
    var model = self
    model.groups[groups.count - 1].count += count
    if !order.isEmpty {
      model.order += [Int](repeating: groups.count - 1, count: count)
    }
    model.otherParameterCount +=
      count * (2 * modelDim * modelDim + 3 * norm.weights(of: modelDim))
    return model
  }

  // MARK: The cache

  /// Bytes of the KV cache of `batch` sequences: `2 · layers · kvHeads · headDim · tokens · batch`,
  /// times the bytes per element. A layer with a window of W tokens has at most W of them;
  /// `window` limits every layer.
  public func cacheBytes(
    tokens: Int, batch: Int = 1, format: NumberFormat = .float16, window: Int? = nil
  ) -> Double {
    groups.reduce(0) {
      let attention = $1.layer.attention
      let kept = [tokens, attention.window ?? tokens, window ?? tokens].min() ?? tokens
      let elements = attention.cacheDims.keys + attention.cacheDims.values
      return $0 + Double($1.count)
        * format.bytes(of: Double(elements) * Double(kept) * Double(batch))
    }
  }
}

// MARK: Objections

extension ModelShape {
  /// Limits far above any model, and small enough that their products do not overflow.
  static let (mostLayers, largestSize) = (10_000, 10_000_000)
  /// Every estimate goes through all kinds of layers, and an answer takes thousands of estimates.
  private static let mostKinds = 256
  private static let mostWeights = 1e15

  /// Why the sizes are invalid; nil if they are valid. The counts are valid only without objection.
  public var objection: String? {
    func wrong(_ size: Int, _ what: String, _ most: Int = Self.largestSize, _ least: Int = 1)
      -> String?
    {
      size >= least && size <= most
        ? nil : "\(what) \(size): it must be from \(least) to \(most)"
    }
    if groups.isEmpty { return "a model without layers" }
    if groups.count > Self.mostKinds {
      return "\(groups.count) kinds of layers; at most \(Self.mostKinds) are possible"
    }
    var sum = 0
    for group in groups {
      guard (1...Self.mostLayers).contains(group.count) else {
        return "\(group.count) layers: it must be from 1 to \(Self.mostLayers)"
      }
      sum += group.count
      if let objection = Self.objection(to: group.layer, wrong) { return objection }
    }
    if sum > Self.mostLayers { return "\(sum) layers: it must be from 1 to \(Self.mostLayers)" }
    let sizes = [
      wrong(modelDim, "width"), wrong(vocabularyCount, "vocabulary"),
      wrong(learnedPositionCount, "learned positions", Self.largestSize, 0),
    ]
    if let objection = sizes.compactMap({ $0 }).first { return objection }
    let count = groups.reduce(0.0) { total, group in
      let (a, f) = (group.layer.attention, group.layer.feedForward)
      let experts = Double(f.experts?.total ?? 1)
      let hidden = experts * Double(f.hiddenDim) + Double(f.experts?.sharedDim ?? 0) + experts
      let heads = Double(a.headCount) * Double(a.headDim + a.valueHeadDim)
      let ranks = Double((a.latent?.rank ?? 0) + (a.latent?.queryRank ?? 0) + 1)
      return total + Double(group.count) * (Double(modelDim) + ranks) * 3 * (hidden + heads + ranks)
    }
    return count > Self.mostWeights
      ? "these sizes give more than a million billion weights; check them" : nil
  }

  private static func objection(
    to layer: Layer, _ wrong: (_ size: Int, _ what: String, _ most: Int, _ least: Int) -> String?
  ) -> String? {
    let (a, f) = (layer.attention, layer.feedForward)
    var sizes = [
      wrong(a.headCount, "heads", 100_000, 1), wrong(a.kvHeadCount, "key/value heads", 100_000, 1),
      wrong(a.headDim, "head width", 100_000, 1), wrong(a.valueHeadDim, "value width", 100_000, 1),
      wrong(f.hiddenDim, "feed-forward width", largestSize, 1),
      wrong(a.window ?? 1, "window", 1 << 40, 1), wrong(layer.normCount, "norms", 16, 0),
    ]
    if let latent = a.latent {
      sizes += [
        wrong(latent.rank, "latent rank", largestSize, 1),
        wrong(latent.rotaryDim, "rotary width", a.headDim, 0),
        wrong(latent.queryRank ?? 1, "query rank", largestSize, 1),
      ]
    }
    if let experts = f.experts {
      sizes += [
        wrong(experts.total, "experts", 100_000, 1),
        wrong(experts.active, "active experts", experts.total, 1),
        wrong(experts.sharedDim, "width of shared experts", largestSize, 0),
      ]
    }
    if let objection = sizes.compactMap({ $0 }).first { return objection }
    guard a.headCount % a.kvHeadCount == 0 else {
      return "\(a.headCount) heads cannot share \(a.kvHeadCount) key/value heads evenly"
    }
    return nil
  }
}
