/// The points of a training step: kept activations, and the workspace of the backward pass.
extension DeviceShare {
  /// Rows of activations: tokens of all sequences.
  var rows: Double { tokens * Double(plan.batch) }
  private var headCountOfNorm: Double { Double(model.norm.statistics) }

  /// Bytes per token that a layer keeps, outside of attention and in all.
  func outside(_ sizes: LayerActivations) -> Double {
    sizes.outsideBytes
      + element * Double(plan.adapters?.keptElements(of: sizes.layer) ?? 0)
  }
  func inside(_ sizes: LayerActivations) -> Double {
    sizes.insideBytes(tokens: plan.context, storesScores: plan.storesScores)
  }
  private func all(_ sizes: LayerActivations) -> Double { outside(sizes) + inside(sizes) }

  /// The largest kind of layer.
  var largest: LayerActivations {
    groups.map(\.sizes).max { all($0) < all($1) } ?? groups[0].sizes
  }

  /// Bytes per token at the end of the forward pass.
  private var keptPerToken: Double {
    switch plan.recomputation {
    case .nothing: groups.reduce(0) { $0 + $1.count * all($1.sizes) }
    case .selective: groups.reduce(0) { $0 + $1.count * outside($1.sizes) }
    case .full: segments(of: 1).kept
    case .everyKth(let k): segments(of: k).kept
    }
  }

  /// Bytes that one layer keeps on the device, of all micro-batches in flight.
  func keptBytes(of sizes: LayerActivations) -> Double {
    if plan.offload.contains(.activations) { return 0 }
    let perToken =
      switch plan.recomputation {
      case .nothing: all(sizes)
      case .selective: outside(sizes)
      case .full, .everyKth: sizes.inputBytes
      }
    return rows * Double(parallelism.pipeline) * perToken
  }

  /// Bytes at the end of the forward pass, of all micro-batches that a pipeline has in flight.
  var keptBytes: Double { rows * keptPerToken * Double(parallelism.pipeline) }

  /// Of these, bytes on the device if the others are in the host's memory.
  var keptOnDevice: Double { rows * Double(parallelism.pipeline) * onDevice(keptPerToken) }

  private func onDevice(_ perToken: Double) -> Double {
    plan.offload.contains(.activations) ? min(perToken, resident) : perToken
  }

  /// What stays on the device when activations are offloaded: a layer and the next one, which is
  /// moved meanwhile; or the layers that are recomputed, and two inputs.
  private var resident: Double {
    switch plan.recomputation {
    case .nothing, .selective: 2 * all(largest)
    case .full: all(largest) + 2 * largest.inputBytes
    case .everyKth(let k): Double(k) * all(largest) + 2 * largest.inputBytes
    }
  }

  /// The last segment of layers is kept. Of the others only the input is kept, and they are
  /// recomputed one after the other: the bytes per token at the end of the forward pass, and while
  /// the last of the others is recomputed.
  private func segments(of size: Int) -> (kept: Double, recomputed: Double?) {
    let input = largest.inputBytes
    let count = (layerCount / Double(size)).rounded(.up)
    let last = layerCount - (count - 1) * Double(size)
    let kept = (count - 1) * input + last * all(largest)
    return (kept, count > 1 ? (count - 2) * input + Double(size) * all(largest) : nil)
  }

  func trainingPoints() -> [MemoryEstimate.Point] {
    let kept = keptPerToken
    // Kept by the other micro-batches of a pipeline; the first device has the most.
    let inFlight = rows * Double(parallelism.pipeline - 1) * onDevice(kept)
    var points = atTheLoss(kept)
    switch plan.recomputation {
    case .nothing, .selective:
      let isSelective = plan.recomputation == .selective
      for sizes in groups.map(\.sizes) {
        points += backward(sizes, from: kept, isSelective: isSelective)
      }
    case .full, .everyKth:
      let size = if case .everyKth(let k) = plan.recomputation { k } else { 1 }
      points += backward(largest, from: kept, isSelective: false)
      if let recomputed = segments(of: size).recomputed {
        // The segment is recomputed while the gradient of its result is live.
        points.append(
          point("recomputation", recomputed + largest.passingBytes, workspace: element * d))
        points += backward(largest, from: recomputed, isSelective: false)
      }
    }
    let fixed = gatheredBytes + accounting.tableBytes(length: plan.context)
    return points.map {
      var point = $0
      point.activations += inFlight
      point.workspace += fixed
      return point
    }
  }

  /// A point with these bytes per token, and bytes besides.
  private func point(
    _ name: String, _ activations: Double, logits: Double = 0, workspace: Double,
    fixed: Double = 0
  ) -> MemoryEstimate.Point {
    MemoryEstimate.Point(
      name: name, activations: rows * onDevice(activations), logits: logits,
      workspace: rows * workspace + fixed)
  }

  /// Tokens whose logits are computed at a time.
  var lossRows: Double { plan.lossChunk.map { min(rows, Double($0)) } ?? rows }

  /// Bytes of the logits that are live at once.
  var logitBytes: Double {
    lossRows * accounting.logitBytes * Double(model.vocabularyCount) / tensor
  }

  /// The points from the end of the forward pass to the last layer's backward pass.
  private func atTheLoss(_ kept: Double) -> [MemoryEstimate.Point] {
    let passing = groups.map(\.sizes.passingBytes).max() ?? 0
    let residual = largest.residual
    let norm = element * 2 * residual + statistic * headCountOfNorm
    return [
      point("end of the forward pass", kept + passing, workspace: 0),
      point("loss", kept + norm, logits: logitBytes, workspace: statistic),
      // The logits' gradient overwrites the logits; the last norm's gradient is added.
      point("gradient of the loss", kept + norm, logits: logitBytes, workspace: element * d),
      point("last norm", kept + norm - element * residual, workspace: 2 * element * d),
    ]
  }

  /// The points of the last kept layer's backward pass, from its feed-forward layer to its
  /// attention.
  private func backward(
    _ sizes: LayerActivations, from kept: Double, isSelective: Bool
  ) -> [MemoryEstimate.Point] {
    let (up, hidden, result) = (sizes.up, sizes.hidden, sizes.result)
    let routed = sizes.routedElements
    // Dropout writes a new gradient, because the old one is also that of the residual.
    let dropped = plan.hasDropout ? d : 0
    var live = kept
    var points: [MemoryEstimate.Point] = []
    func add(_ name: String, _ elements: Double) {
      points.append(point("backward: " + name, live, workspace: element * elements))
    }
    add("feed-forward", d + dropped + hidden + routed)
    // The input of the second product is freed with its record.
    live -= element * sizes.keptHidden
    add("feed-forward", d + hidden + routed + (sizes.layer.feedForward.isGated ? up : 0))
    live -= element * up
    add("feed-forward", d + up + d + routed)
    // The second norm's result is freed, then its input.
    live -= element * (sizes.feedForwardInput + sizes.keptRoutedElements)
    add("norm", 2 * d)
    live -= element * sizes.residual + statistic * headCountOfNorm
    add("attention", d + dropped + result)
    // Recomputed scores do not need attention's result, neither the old nor the new one; tiles do.
    let results = plan.storesScores ? -element * result : element * result
    let recomputed = isSelective ? inside(sizes) + results : 0
    points.append(
      point(
        "backward: attention", live + recomputed,
        workspace: element * (d + result) + attentionWorkspace(sizes),
        fixed: plan.storesScores ? 0 : Double(accounting.tiles.backward)))
    live -= element * result + (isSelective ? 0 : inside(sizes))
    add("attention", d + sizes.packed + d)
    return points
  }

  /// Bytes per token for the gradient of the packed heads, and for the kernel's workspace: one
  /// number per query and head, or for naive attention the gradient of the scores, and copies of
  /// each head's matrices.
  private func attentionWorkspace(_ sizes: LayerActivations) -> Double {
    guard plan.storesScores else { return element * sizes.packed + statistic * sizes.heads }
    let copies = accounting.copiesHeads ? 2 * sizes.packed + sizes.result : 0
    return element * (sizes.packed + copies + sizes.heads * Double(plan.context))
  }
}
