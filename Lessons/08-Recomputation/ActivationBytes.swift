import SmallTransformer

/// What a training pass keeps, by formula: numbers of four bytes, for each token.
struct ActivationBytes {
  let configuration: TransformerConfiguration
  let batchCount: Int
  let length: Int

  /// The input of a layer.
  var boundary: Int { configuration.modelDim }

  /// What only the inside of attention keeps: a number a head, or one or two score matrices.
  var attentionInside: Int {
    switch configuration.attention {
    case .tiled: configuration.headCount
    case .plain: configuration.headCount * length * (configuration.dropout > 0 ? 2 : 1)
    }
  }

  /// A layer without the inside of its attention: two norms' inputs, results and two numbers each;
  /// packed heads; attention's result; the feed-forward layer before and after its activation.
  /// Dropout adds nothing, since its masks are computed.
  var layerOutside: Int {
    let (d, f) = (configuration.modelDim, configuration.feedForwardDim)
    let packed = (configuration.headCount + 2 * configuration.kvHeadCount) * configuration.headDim
    return 2 * (2 * d + 2) + packed + d + 2 * f
  }

  var layer: Int { layerOutside + attentionInside }

  /// Behind the layers: the last norm's input, result and two numbers, and the logits.
  var head: Int { 2 * configuration.modelDim + 2 + configuration.vocabularyCount }

  /// The most bytes that a step holds at a time under a policy.
  func peak(_ policy: ActivationPolicy) -> Int {
    let numbers =
      policy == .selective
      ? selectivePeak
      : follow(
        policy.schedule(layerCount: configuration.layerCount), held: boundary, end: head)
    return 4 * batchCount * length * numbers
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
        worst = max(worst, follow(inner, held: now, end: boundary))
      case .keep(let layers):
        now += layers.count * layer - boundary
      }
    }
    return max(worst, now + end)
  }
}
