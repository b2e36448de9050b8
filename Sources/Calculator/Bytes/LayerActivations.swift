/// The activations that one layer keeps per token for its backward pass.
public struct LayerActivations: Sendable {
  public let layer: Layer
  public let modelDim: Int
  public let norm: ModelShape.Norm
  public let accounting: Accounting
  public let hasDropout: Bool
  /// Devices that share each matrix, and whether they also divide the norms.
  public let tensor: Int
  public let dividesNorms: Bool
  /// Matrices with adapters, whose inputs are kept; nil if all matrices are trained.
  public let targets: Set<Adapters.Target>?

  /// The activations of a layer of the model, by default of the first kind.
  public init(
    _ model: ModelShape, layer: Layer? = nil, accounting: Accounting = .papers,
    hasDropout: Bool = false, tensor: Int = 1, dividesNorms: Bool = false,
    targets: Set<Adapters.Target>? = nil
  ) {
    self.layer = layer ?? model.layer
    modelDim = model.modelDim
    norm = model.norm
    self.accounting = accounting
    self.hasDropout = hasDropout
    self.tensor = tensor
    self.dividesNorms = dividesNorms
    let isGated = self.layer.feedForward.isGated
    self.targets = targets?.filter { $0 != .gate || isGated }
  }

  /// Elements of the inputs and results of the norms.
  public var normElements: Double {
    let norms = Double(max(1, layer.normCount))
    let dropped = 2 * residual - attentionInput - feedForwardInput
    return 2 * norms * residual - (norms > 1 ? dropped : dropped / 2)
  }
  /// Elements of queries, keys, values, and attention's result; with latent attention also of the
  /// latent vectors before and after their norms.
  public var attentionElements: Double {
    packed + result + latentElements
  }
  /// Elements before and after the activation (if gated, both halves and their product); with
  /// experts also their inputs and results.
  public var feedForwardElements: Double {
    (Double(layer.feedForward.upDim)) / split + keptHidden + keptRoutedElements
  }
  public var elements: Double { normElements + attentionElements + feedForwardElements }
  /// Mean and 1/std of each LayerNorm, or 1/rms of each RMSNorm.
  public var statistics: Double { Double(norm.statistics * layer.normCount) }
}

extension LayerActivations {
  // MARK: Widths on one device

  private var split: Double { Double(tensor) }
  var d: Double { Double(modelDim) }
  var query: Double { Double(layer.attention.queryDim) / split }
  var result: Double { Double(layer.attention.resultDim) / split }
  var packed: Double {
    let attention = layer.attention
    let dims = Double(attention.headDim + attention.valueHeadDim)
    let kvHeads =
      attention.latent == nil
      ? Double(attention.kvHeadCount) / Double(min(tensor, attention.kvHeadCount))
      : Double(attention.headCount) / split
    return query + kvHeads * dims
  }
  var up: Double { Double(layer.feedForward.upDim) / split }
  var hidden: Double { Double(layer.feedForward.activeDim) / split }
  var heads: Double { Double(layer.attention.headCount) / split }
  private var latentElements: Double {
    guard let latent = layer.attention.latent else { return 0 }
    let queries = (latent.queryRank ?? 0) * (keepsInput(of: [.q]) ? 2 : 1)
    return Double(queries + latent.rank * (keepsInput(of: [.k, .v]) ? 2 : 1) + latent.rotaryDim)
  }

  // The input of a frozen matrix is not needed for any gradient, unless it is also something else.

  private func keepsInput(of matrices: Set<Adapters.Target>) -> Bool {
    targets.map { !$0.isDisjoint(with: matrices) } ?? true
  }
  /// A vector of the model's width per token.
  var residual: Double { d / (dividesNorms ? split : 1) }
  /// The first norm's result. With one norm, it is also the input of the feed-forward layer.
  var attentionInput: Double {
    if layer.normCount <= 1 { return feedForwardInput }
    // Latent projections have no adapters, except one from the norm straight to the queries.
    let isDirect = layer.attention.latent?.queryRank == nil
    let matrices: Set<Adapters.Target> =
      layer.attention.latent == nil ? [.q, .k, .v] : isDirect ? [.q] : []
    return targets == nil || keepsInput(of: matrices) ? residual : 0
  }
  /// The second norm's result.
  var feedForwardInput: Double {
    let others: Set<Adapters.Target> = layer.normCount <= 1 ? [.q, .k, .v] : []
    return keepsInput(of: others.union([.gate, .up])) ? residual : 0
  }
  /// The input of the second product.
  var keptHidden: Double { keepsInput(of: [.down]) ? hidden : 0 }
  /// Results of the chosen experts, which the router weighs, and their inputs.
  var keptRoutedElements: Double { routedElements * (keepsInput(of: [.gate, .up]) ? 1 : 0.5) }
  /// Inputs and results of the chosen experts.
  var routedElements: Double {
    layer.feedForward.experts.map { Double(2 * $0.active * modelDim) } ?? 0
  }

  // MARK: Bytes per token

  /// Bytes per token outside attention: 34·width for a GPT block with dropout in 16 bits.
  public var outsideBytes: Double {
    elements * accounting.elementBytes
      + (hasDropout ? 2 * d * accounting.maskBytes / (dividesNorms ? split : 1) : 0)
      + statistics * accounting.statisticBytes
  }

  /// Bytes per token inside attention, with `tokens` keys. If scores are stored, 5 · heads · keys
  /// with dropout and 2 · heads · keys without, in 16 bits; else one log-sum-exp per head.
  public func insideBytes(tokens: Int, storesScores: Bool) -> Double {
    guard storesScores else { return heads * accounting.statisticBytes }
    let matrices =
      hasDropout
      ? 2 * accounting.elementBytes + accounting.maskBytes : accounting.elementBytes
    return heads * Double(tokens) * matrices
  }

  /// Bytes per token of a layer's input, which is all that full recomputation keeps.
  public var inputBytes: Double { residual * accounting.elementBytes }

  /// Bytes per token that one layer keeps.
  public func bytes(tokens: Int, storesScores: Bool) -> Double {
    outsideBytes + insideBytes(tokens: tokens, storesScores: storesScores)
  }

  /// Bytes per token at the end of a layer besides those it keeps: its result, or before that the
  /// input of GELU, which keeps only the derivative.
  public var passingBytes: Double {
    accounting.elementBytes * (layer.feedForward.isGated ? residual : max(residual, hidden))
  }
}

/// Which activations are kept for the backward pass, and which are recomputed (lesson 8).
public enum Recomputation: Hashable, Sendable {
  case nothing
  /// Attention is recomputed; its inputs are kept.
  case selective
  /// Each layer is recomputed from its input.
  case full
  /// Groups of k layers are recomputed from the input of the first.
  case everyKth(Int)

  public var name: String {
    switch self {
    case .nothing: "keep all"
    case .selective: "selective recomputation"
    case .full: "full recomputation"
    case .everyKth(let k): "recomputation of \(k) layers at a time"
    }
  }
}

extension ModelShape {
  /// Bytes of all layers at the end of the forward pass, for `batch` sequences of `tokens` tokens,
  /// as papers count them: nothing of a recomputed layer but its input.
  public func keptBytes(
    tokens: Int, batch: Int = 1, storesScores: Bool, hasDropout: Bool = false,
    _ recomputation: Recomputation
  ) -> Double {
    let rows = Double(tokens) * Double(batch)
    if case .everyKth(let k) = recomputation {
      return rows * (Double(layerCount) / Double(k)).rounded(.up)
        * LayerActivations(self).inputBytes
    }
    return groups.reduce(0) { sum, group in
      let layer = LayerActivations(self, layer: group.layer, hasDropout: hasDropout)
      let perToken =
        switch recomputation {
        case .nothing: layer.bytes(tokens: tokens, storesScores: storesScores)
        case .selective: layer.outsideBytes
        case .full, .everyKth: layer.inputBytes
        }
      return sum + rows * Double(group.count) * perToken
    }
  }
}
