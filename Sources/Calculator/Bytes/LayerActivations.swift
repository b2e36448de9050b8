/// The activations that one layer keeps per token for its backward pass.
public struct LayerActivations: Sendable {
  /// Bytes per kept element.
  public struct Format: Hashable, Sendable, Codable {
    public let elementBytes: Double
    /// Bytes per element of a stored dropout mask; 0 if masks are recomputed.
    public let maskBytes: Double
    /// Bytes of a mean, a 1/std or a log-sum-exp: 4, or 0 if they are not counted.
    public let statisticBytes: Double

    /// 16-bit elements, one byte per mask element, no statistics (Korthikanti et al., 2022, section
    /// 4.1).
    public static let mixed = Format(elementBytes: 2, maskBytes: 1, statisticBytes: 0)
    /// This course's engine: 32-bit elements, recomputed masks, statistics counted.
    public static let engine = Format(elementBytes: 4, maskBytes: 0, statisticBytes: 4)
  }

  public let shape: ModelShape
  public let format: Format
  public let hasDropout: Bool

  public init(_ shape: ModelShape, format: Format = .mixed, hasDropout: Bool = false) {
    self.shape = shape
    self.format = format
    self.hasDropout = hasDropout
  }

  /// Elements of the inputs and results of both norms.
  public var normElements: Int { 4 * shape.modelDim }
  /// Elements of queries, keys, values, and attention's result.
  public var attentionElements: Int { shape.packedDim + shape.resultDim }
  /// Elements before and after the activation; if gated, both halves and their product.
  public var feedForwardElements: Int { shape.upDim + shape.feedForwardDim }
  public var elements: Int { normElements + attentionElements + feedForwardElements }
  /// Mean and 1/std of two LayerNorms, or 1/rms of two RMSNorms.
  public var statistics: Int { shape.norm == .rmsNorm ? 2 : 4 }

  /// Bytes per token outside attention: 34·width for a GPT block with dropout in 16 bits.
  public var outsideBytes: Double {
    Double(elements) * format.elementBytes
      + (hasDropout ? 2 * Double(shape.modelDim) * format.maskBytes : 0)
      + Double(statistics) * format.statisticBytes
  }

  /// Bytes per token inside attention, with `tokens` keys. If scores are stored, 5 · heads · keys
  /// with dropout and 2 · heads · keys without, in 16 bits; else one log-sum-exp per head.
  public func insideBytes(tokens: Int, storesScores: Bool) -> Double {
    let heads = Double(shape.headCount)
    guard storesScores else { return heads * format.statisticBytes }
    let matrices =
      hasDropout ? 2 * format.elementBytes + format.maskBytes : format.elementBytes
    return heads * Double(tokens) * matrices
  }

  /// Bytes per token of a layer's input, which is all that full recomputation keeps.
  public var inputBytes: Double { Double(shape.modelDim) * format.elementBytes }

  /// Bytes per token that one layer keeps.
  public func bytes(tokens: Int, storesScores: Bool) -> Double {
    outsideBytes + insideBytes(tokens: tokens, storesScores: storesScores)
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

extension LayerActivations {
  /// Bytes of all layers at the end of the forward pass, for `batch` sequences of `tokens` tokens.
  /// Recomputed activations are not included.
  public func keptBytes(
    tokens: Int, batch: Int, storesScores: Bool, _ recomputation: Recomputation
  ) -> Double {
    let (rows, layers) = (Double(tokens) * Double(batch), Double(shape.layerCount))
    switch recomputation {
    case .nothing:
      return rows * layers * bytes(tokens: tokens, storesScores: storesScores)
    case .selective: return rows * layers * outsideBytes
    case .full: return rows * layers * inputBytes
    case .everyKth(let k): return rows * (layers / Double(k)).rounded(.up) * inputBytes
    }
  }
}
