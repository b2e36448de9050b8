/// What one layer keeps of each token for its backward pass.
public struct LayerActivations: Sendable {
  /// How wide the kept numbers are.
  public struct Format: Hashable, Sendable, Codable {
    public let numberBytes: Double
    /// Bytes of one entry of a stored dropout mask; 0 where masks are computed again.
    public let maskBytes: Double
    /// Means and deviations of norms, log-sum-exps: always 32 bits, or left out.
    public let statisticBytes: Double

    /// 16-bit numbers, one byte a mask entry, statistics left out (Korthikanti et al., 2022,
    /// section 4.1).
    public static let mixed = Format(numberBytes: 2, maskBytes: 1, statisticBytes: 0)
    /// This course's engine: 32 bits, masks from a counter, statistics counted.
    public static let engine = Format(numberBytes: 4, maskBytes: 0, statisticBytes: 4)
  }

  public let shape: ModelShape
  public let format: Format
  public let hasDropout: Bool

  public init(_ shape: ModelShape, format: Format = .mixed, hasDropout: Bool = false) {
    self.shape = shape
    self.format = format
    self.hasDropout = hasDropout
  }

  /// Inputs and results of both norms.
  public var normNumbers: Int { 4 * shape.modelDim }
  /// Queries, keys, values, and attention's result.
  public var attentionNumbers: Int { shape.packedDim + shape.resultDim }
  /// Before and after the activation; gated: both halves and their product.
  public var feedForwardNumbers: Int { shape.upDim + shape.feedForwardDim }
  public var numbers: Int { normNumbers + attentionNumbers + feedForwardNumbers }
  /// Mean and deviation of two LayerNorms, or the deviation of two RMSNorms.
  public var statistics: Int { shape.norm == .rmsNorm ? 2 : 4 }

  /// Bytes of one token without what attention keeps inside: 34·width for a GPT block with dropout
  /// in 16 bits.
  public var outsideBytes: Double {
    Double(numbers) * format.numberBytes
      + (hasDropout ? 2 * Double(shape.modelDim) * format.maskBytes : 0)
      + Double(statistics) * format.statisticBytes
  }

  /// Bytes of one token that only the inside of attention keeps, at `tokens` keys: 5 · heads · keys
  /// with dropout and a stored matrix, 2 · heads · keys without dropout, a number a head where the
  /// matrix is never stored.
  public func insideBytes(tokens: Int, storesScores: Bool) -> Double {
    let heads = Double(shape.headCount)
    guard storesScores else { return heads * format.statisticBytes }
    let matrices =
      hasDropout ? 2 * format.numberBytes + format.maskBytes : format.numberBytes
    return heads * Double(tokens) * matrices
  }

  /// The input of a layer: all that full recomputation keeps of it.
  public var inputBytes: Double { Double(shape.modelDim) * format.numberBytes }

  /// Everything that one layer keeps of one token.
  public func bytes(tokens: Int, storesScores: Bool) -> Double {
    outsideBytes + insideBytes(tokens: tokens, storesScores: storesScores)
  }
}

/// What is kept for the backward pass, and what is computed again (lesson 8).
public enum Recomputation: Hashable, Sendable {
  case nothing
  /// The inside of attention is computed again.
  case selective
  /// Each layer is computed again from its input.
  case full
  /// Groups of k layers are computed again from the first one's input.
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
  /// Bytes of all layers at the end of the forward pass, for `tokens` tokens a sequence and `batch`
  /// sequences. With recomputation, what is computed again is not among them.
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
