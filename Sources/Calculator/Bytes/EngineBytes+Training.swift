/// A training step: what it keeps, and what it holds on the way back.
extension EngineBytes {
  /// The peaks of a step, weights, gradients and moments included.
  ///
  /// - Complexity: O(1).
  public func training(_ recomputation: Recomputation = .nothing) -> Peaks {
    let state = parameters + gradients + optimizer
    let moments = moments(recomputation)
    return Peaks(
      activations: 4 * rows * (moments.map(\.activations).max() ?? 0), cache: 0,
      workspace: tableBytes + (moments.map { 4 * rows * $0.workspace + $0.tiles }.max() ?? 0),
      total: state + tableBytes
        + (moments.map { 4 * rows * ($0.activations + $0.workspace) + $0.tiles }.max() ?? 0))
  }

  /// Numbers a token that are alive at one moment of a step.
  private struct Moment {
    var activations: Int
    var workspace: Int
    var tiles = 0
  }

  private func moments(_ recomputation: Recomputation) -> [Moment] {
    let layers = shape.layerCount
    switch recomputation {
    case .nothing:
      return atTheLoss(layers * layerNumbers)
        + backward(from: layers * layerNumbers, isSelective: false)
    case .selective:
      return atTheLoss(layers * outsideNumbers)
        + backward(from: layers * outsideNumbers, isSelective: true)
    case .full: return segments(of: 1)
    case .everyKth(let k): return segments(of: k)
    }
  }

  /// The last group of layers is kept; the others leave the first one's input, and are computed
  /// again when what lies behind them is gone.
  private func segments(of size: Int) -> [Moment] {
    let layers = shape.layerCount
    let groups = (layers + size - 1) / size
    let last = layers - (groups - 1) * size
    let kept = (groups - 1) * d + last * layerNumbers
    var all = atTheLoss(kept) + backward(from: kept, isSelective: false)
    if groups > 1 {
      // The group is made once more, beside the gradient that waits for it.
      let again = (groups - 2) * d + size * layerNumbers
      all.append(Moment(activations: again + passingNumbers, workspace: d))
      all += backward(from: again, isSelective: false)
    }
    return all
  }

  /// What the end of a layer holds beside what it keeps: its result, or before that the numbers that
  /// GELU was given, of which it keeps the derivative.
  public var passingNumbers: Int { shape.block == .llama ? d : max(d, f) }

  /// The end of the forward pass, and the way back to the last layer.
  private func atTheLoss(_ kept: Int) -> [Moment] {
    let head = headNumbers
    return [
      Moment(activations: kept + passingNumbers, workspace: 0),
      Moment(activations: kept + head, workspace: 1),
      // The logits' gradient stands where the logits were; the last norm's comes beside it.
      Moment(activations: kept + head, workspace: d),
      Moment(activations: kept + head - shape.vocabularyCount - d, workspace: 2 * d),
    ]
  }

  /// The last of the kept layers on its way back, from its feed-forward layer to its attention.
  private func backward(from kept: Int, isSelective: Bool) -> [Moment] {
    let rise = shape.upDim
    // What dropout made of the gradient, beside the gradient that goes on to the residual.
    let dropped = hasDropout ? d : 0
    let isGated = shape.block == .llama
    var held = kept
    var moments = [Moment(activations: held, workspace: d + dropped + f)]
    // The product behind the activation is gone with its record.
    held -= f
    moments.append(Moment(activations: held, workspace: d + f + (isGated ? rise : 0)))
    held -= rise
    moments.append(Moment(activations: held, workspace: d + rise + d))
    // The second norm's result, then its input.
    held -= d
    moments.append(Moment(activations: held, workspace: 2 * d))
    held -= d + layer.statistics / 2
    moments.append(Moment(activations: held, workspace: d + dropped + shape.queryDim))
    let again = isSelective ? insideNumbers + shape.queryDim : 0
    moments.append(
      Moment(
        activations: held + again, workspace: d + shape.queryDim + attentionWorkspace,
        tiles: storesScores ? 0 : self.tiles.backward))
    held -= shape.queryDim + (isSelective ? 0 : insideNumbers)
    moments.append(Moment(activations: held, workspace: d + shape.packedDim + d))
    return moments
  }

  /// Gradients of the packed heads, and what the kernel wants beside them: a number a query, or with
  /// the stored matrix each head's matrices apart and the gradient of the scores.
  private var attentionWorkspace: Int {
    guard storesScores else { return shape.packedDim + shape.headCount }
    return 3 * shape.packedDim + shape.queryDim + shape.headCount * length
  }
}
