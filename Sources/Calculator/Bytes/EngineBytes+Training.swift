/// The peaks of a training step: kept activations, and the workspace of its backward pass.
extension EngineBytes {
  /// The peaks of a training step, with weights, gradients and moments.
  ///
  /// - Complexity: O(1).
  public func training(_ recomputation: Recomputation = .nothing) -> PeakMemory {
    let state = parameters + gradients + optimizer
    let points = points(recomputation)
    return PeakMemory(
      activations: 4 * rows * (points.map(\.activations).max() ?? 0), cache: 0,
      workspace: tableBytes + (points.map { 4 * rows * $0.workspace + $0.tiles }.max() ?? 0),
      total: state + tableBytes
        + (points.map { 4 * rows * ($0.activations + $0.workspace) + $0.tiles }.max() ?? 0))
  }

  /// Elements per token that are live at one point of a step.
  private struct LiveElements {
    var activations: Int
    var workspace: Int
    var tiles = 0
  }

  private func points(_ recomputation: Recomputation) -> [LiveElements] {
    let layers = shape.layerCount
    switch recomputation {
    case .nothing:
      return atTheLoss(layers * layerElements)
        + backward(from: layers * layerElements, isSelective: false)
    case .selective:
      return atTheLoss(layers * outsideElements)
        + backward(from: layers * outsideElements, isSelective: true)
    case .full: return segments(of: 1)
    case .everyKth(let k): return segments(of: k)
    }
  }

  /// The last segment of layers is kept. Of the others only the input is kept, and they are
  /// recomputed one after the other.
  private func segments(of size: Int) -> [LiveElements] {
    let layers = shape.layerCount
    let segmentCount = (layers + size - 1) / size
    let last = layers - (segmentCount - 1) * size
    let kept = (segmentCount - 1) * d + last * layerElements
    var all = atTheLoss(kept) + backward(from: kept, isSelective: false)
    if segmentCount > 1 {
      // The segment is recomputed while the gradient of its result is live.
      let recomputed = (segmentCount - 2) * d + size * layerElements
      all.append(LiveElements(activations: recomputed + passingElements, workspace: d))
      all += backward(from: recomputed, isSelective: false)
    }
    return all
  }

  /// Elements per token at the end of a layer besides those it keeps: its result, or before that
  /// the input of GELU, which keeps only the derivative.
  public var passingElements: Int { shape.block == .llama ? d : max(d, f) }

  /// The points from the end of the forward pass to the last layer's backward pass.
  private func atTheLoss(_ kept: Int) -> [LiveElements] {
    let head = headElements
    return [
      LiveElements(activations: kept + passingElements, workspace: 0),
      LiveElements(activations: kept + head, workspace: 1),
      // The logits' gradient overwrites the logits; the last norm's gradient is added.
      LiveElements(activations: kept + head, workspace: d),
      LiveElements(activations: kept + head - shape.vocabularyCount - d, workspace: 2 * d),
    ]
  }

  /// The points of the last kept layer's backward pass, from its feed-forward layer to its
  /// attention.
  private func backward(from kept: Int, isSelective: Bool) -> [LiveElements] {
    let up = shape.upDim
    // Dropout writes a new gradient, because the old one is also that of the residual.
    let dropped = hasDropout ? d : 0
    let isGated = shape.block == .llama
    var live = kept
    var points = [LiveElements(activations: live, workspace: d + dropped + f)]
    // The input of the second product is freed with its record.
    live -= f
    points.append(LiveElements(activations: live, workspace: d + f + (isGated ? up : 0)))
    live -= up
    points.append(LiveElements(activations: live, workspace: d + up + d))
    // The second norm's result is freed, then its input.
    live -= d
    points.append(LiveElements(activations: live, workspace: 2 * d))
    live -= d + layer.statistics / 2
    points.append(LiveElements(activations: live, workspace: d + dropped + shape.queryDim))
    let recomputed = isSelective ? insideElements + shape.queryDim : 0
    points.append(
      LiveElements(
        activations: live + recomputed, workspace: d + shape.queryDim + attentionWorkspace,
        tiles: storesScores ? 0 : self.tiles.backward))
    live -= shape.queryDim + (isSelective ? 0 : insideElements)
    points.append(LiveElements(activations: live, workspace: d + shape.packedDim + d))
    return points
  }

  /// Elements per token for the gradient of the packed heads, and for the kernel's workspace: one
  /// per query and head, or for naive attention copies of each head's matrices and the gradient of
  /// the scores.
  private var attentionWorkspace: Int {
    guard storesScores else { return shape.packedDim + shape.headCount }
    return 3 * shape.packedDim + shape.queryDim + shape.headCount * length
  }
}
