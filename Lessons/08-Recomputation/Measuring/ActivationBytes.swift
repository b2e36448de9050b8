import Calculator
import SmallTransformer

/// Predicted bytes of activations that a training pass keeps, for every policy of this lesson.
struct ActivationBytes {
  private let configuration: TransformerConfiguration
  private let activations: LayerActivations
  private let batchCount: Int
  private let length: Int

  init(configuration: TransformerConfiguration, batchCount: Int, length: Int) {
    self.configuration = configuration
    activations = LayerActivations(
      configuration.shape(), accounting: .engine, hasDropout: configuration.dropout > 0)
    self.batchCount = batchCount
    self.length = length
  }

  /// Values of four bytes.
  private func values(_ bytes: Double) -> Int { Int(bytes) / 4 }

  /// Values per token of the input of a layer.
  var boundary: Int { configuration.modelDim }
  /// Values per token inside attention: one per head, or one or two score matrices.
  var attentionInside: Int {
    values(
      activations.insideBytes(tokens: length, storesScores: configuration.attention == .naive))
  }
  /// Values per token of a layer, without those inside attention.
  var layerOutside: Int { values(activations.outsideBytes) }
  /// Values per token of a layer.
  var layer: Int { layerOutside + attentionInside }
  /// Values per token after the layers: input, result and two statistics of the last norm, and the
  /// logits.
  var head: Int {
    2 * configuration.modelDim + activations.norm.statistics + configuration.vocabularyCount
  }

  /// Peak bytes of a step under a policy.
  func peak(_ policy: ActivationPolicy) -> Int {
    let perToken =
      policy == .selective
      ? selectivePeak
      : follow(
        policy.schedule(layerCount: configuration.layerCount), held: boundary, end: head)
    return 4 * batchCount * length * perToken
  }

  /// The peak comes either when the loss is computed, or when attention of the last layer is
  /// computed again. By then the activations after it have been freed.
  private var selectivePeak: Int {
    let layers = configuration.layerCount * layerOutside
    let after = 3 * configuration.modelDim + 2 + 2 * configuration.feedForwardDim
    return max(layers + head, layers - after + configuration.modelDim + attentionInside)
  }

  /// Follows a schedule through one pass.
  ///
  /// - Parameters:
  ///   - pieces: The schedule.
  ///   - held: Values per token in memory at the start, with the first layer's input.
  ///   - end: Values per token added after the last layer: the head's, or a result that is passed on.
  /// - Returns: the most values per token at one time.
  private func follow(_ pieces: [LayerPiece], held: Int, end: Int) -> Int {
    var (now, worst) = (held, 0)
    for (index, piece) in pieces.enumerated() {
      if index > 0 { now += boundary }
      switch piece {
      case .recompute(let inner):
        // In the backward pass, after all later activations have been freed.
        worst = max(worst, follow(inner, held: now, end: values(activations.passingBytes)))
      case .keep(let layers):
        now += layers.count * layer - boundary
      }
    }
    return max(worst, now + end)
  }
}
