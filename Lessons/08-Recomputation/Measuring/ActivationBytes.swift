import Calculator
import SmallTransformer

/// What a training pass keeps under any policy of this lesson, by the calculator's count of a layer.
struct ActivationBytes {
  private let configuration: TransformerConfiguration
  private let bytes: EngineBytes

  init(configuration: TransformerConfiguration, batchCount: Int, length: Int) {
    self.configuration = configuration
    bytes = EngineBytes(
      configuration.shape(), length: length, batch: batchCount,
      storesScores: configuration.attention == .naive, hasDropout: configuration.dropout > 0)
  }

  /// Numbers a token: the input of a layer.
  var boundary: Int { configuration.modelDim }
  /// What only the inside of attention keeps: a number a head, or one or two score matrices.
  var attentionInside: Int { bytes.insideElements }
  /// A layer without the inside of its attention.
  var layerOutside: Int { bytes.outsideElements }
  var layer: Int { bytes.layerElements }
  /// Behind the layers: the last norm's input, result and two numbers, and the logits.
  var head: Int { bytes.headElements }

  /// The most bytes that a step holds at a time under a policy.
  func peak(_ policy: ActivationPolicy) -> Int {
    let numbers =
      policy == .selective
      ? selectivePeak
      : follow(
        policy.schedule(layerCount: configuration.layerCount), held: boundary, end: head)
    return 4 * bytes.batch * bytes.length * numbers
  }

  /// Either when the loss is taken, or when attention of the last layer is computed again; then
  /// what lies behind it is gone.
  private var selectivePeak: Int {
    let layers = configuration.layerCount * layerOutside
    let behind = 3 * configuration.modelDim + 2 + 2 * configuration.feedForwardDim
    return max(layers + head, layers - behind + configuration.modelDim + attentionInside)
  }

  /// Follows a schedule through one pass.
  ///
  /// `held` is what is held when it begins, the first layer's input among it; `end` what is added
  /// when the last layer is done: the head, or a result on its way out.
  private func follow(_ pieces: [LayerPiece], held: Int, end: Int) -> Int {
    var (now, worst) = (held, 0)
    for (index, piece) in pieces.enumerated() {
      if index > 0 { now += boundary }
      switch piece {
      case .recompute(let inner):
        // In the backward pass, when all that comes later is gone.
        worst = max(worst, follow(inner, held: now, end: bytes.passingElements))
      case .keep(let layers):
        now += layers.count * layer - boundary
      }
    }
    return max(worst, now + end)
  }
}
