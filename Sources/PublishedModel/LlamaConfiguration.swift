import ModelFiles
import SmallTransformer

/// The sizes and constants of a published model of the LLaMA family (Touvron et al., 2023), as its file
/// states them.
public struct LlamaConfiguration: Equatable, Sendable {
  public var vocabularyCount: Int
  public var modelDim: Int
  public var layerCount: Int
  public var headCount: Int
  public var kvHeadCount: Int
  public var feedForwardDim: Int
  public var normEpsilon: Float
  /// The base of the rotary frequencies.
  public var ropeBase: Double
  /// Which dimensions of a head rotate together in this file's weights.
  public var pairing: Pairing
  /// The length of the sequences in training.
  public var trainedContext: Int
  public var tiesEmbedding: Bool

  /// How a file orders the dimensions of queries and keys.
  public enum Pairing: Sendable {
    /// (0, 1), (2, 3), …: GGUF, as LLaMA's own weights.
    case interleaved
    /// (0, D/2), (1, D/2 + 1), …: Hugging Face.
    case halves
  }

  public var headDim: Int { modelDim / headCount }

  /// The engine's block, put together as LLaMA: RMSNorm, RoPE, shared key/value heads, SwiGLU, no
  /// biases.
  public var transformer: TransformerConfiguration {
    var result = TransformerConfiguration.llama(
      vocabularyCount: vocabularyCount, modelDim: modelDim, layerCount: layerCount,
      headCount: headCount, kvHeadCount: kvHeadCount,
      positions: Rotary(
        base: ropeBase, pairing: pairing == .interleaved ? .interleaved : .halves))
    result.feedForwardDim = feedForwardDim
    result.normEpsilon = normEpsilon
    result.tiesEmbedding = tiesEmbedding
    return result
  }

  /// Bytes of a token in a Float32 key/value cache: `2 · layers · kvHeads · headDim · 4`.
  public var cacheBytesPerToken: Int { 2 * layerCount * kvHeadCount * headDim * 4 }

  /// The number of weights.
  /// - Precondition: `check` has found nothing wrong.
  public var weightCount: Int {
    let attention = modelDim * headDim * 2 * (headCount + kvHeadCount)
    let layer = attention + 3 * modelDim * feedForwardDim + 2 * modelDim
    let tables = (tiesEmbedding ? 1 : 2) * vocabularyCount * modelDim
    return tables + layerCount * layer + modelDim
  }

  /// Checks that the sizes belong together, and that sums of them do not overflow.
  /// - Throws: `ModelFileError`.
  func check(path: String) throws(ModelFileError) {
    func failure(_ reason: String) -> ModelFileError { ModelFileError(path: path, reason: reason) }
    let sizes = [
      ("tokens", vocabularyCount), ("layers", layerCount), ("heads", headCount),
      ("key/value heads", kvHeadCount), ("hidden units", feedForwardDim), ("width", modelDim),
      ("context", trainedContext),
    ]
    for (name, size) in sizes where !(1...10_000_000).contains(size) {
      throw failure("its number of \(name) is \(size)")
    }
    guard layerCount <= 10_000, modelDim <= 1_000_000, feedForwardDim <= 1_000_000 else {
      throw failure("it has \(layerCount) layers of width \(modelDim) and \(feedForwardDim)")
    }
    guard modelDim % headCount == 0, headDim % 2 == 0 else {
      throw failure("its width of \(modelDim) does not give \(headCount) heads of an even size")
    }
    guard headCount % kvHeadCount == 0 else {
      throw failure("its \(headCount) heads cannot share \(kvHeadCount) key/value heads evenly")
    }
    guard normEpsilon > 0, normEpsilon < 1, ropeBase > 1, ropeBase < 1e12 else {
      throw failure("its ε is \(normEpsilon) and its rotary base \(ropeBase)")
    }
  }
}
