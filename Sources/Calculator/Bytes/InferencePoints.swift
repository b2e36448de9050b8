/// The points of a pass without recording. Nothing is kept, so the peak is that of one layer.
extension DeviceShare {
  /// Rows of one pass: a chunk of the prompts, or all of them; at least one row per request.
  var passRows: Double {
    let all = Double(max(1, plan.context - plan.newTokens)) * Double(plan.batch)
    let rows = plan.prefillChunk.map { min(all, max(Double($0), Double(plan.batch))) } ?? all
    return (rows / Double(parallelism.context)).rounded(.up)
  }

  /// Bytes of the logits of one pass.
  private var passLogits: Double {
    let count = accounting.computesAllLogits ? passRows : Double(plan.batch)
    return count * accounting.logitBytes * Double(model.vocabularyCount) / tensor
  }

  func inferencePoints() -> [MemoryEstimate.Point] {
    // The first layer's input can stay live while later layers run.
    let first = accounting.keepsFirstInput && layerCount > 1 ? d : 0
    let tables = accounting.tableBytes(length: plan.context)
    func point(
      _ name: String, _ elements: Double, numbers: Double = 0, logits: Double = 0,
      fixed: Double = 0
    ) -> MemoryEstimate.Point {
      MemoryEstimate.Point(
        name: name, logits: logits,
        workspace: tables + fixed
          + passRows * (element * (first + elements) + statistic * numbers))
    }
    var points = [point("output projection", 2 * d, logits: passLogits)]
    for sizes in groups.map(\.sizes) {
      // The layer's input, the norm's result and the packed heads.
      let attention = 2 * d + sizes.packed
      if accounting.rotatesIntoCopy { points.append(point("rotation", attention + sizes.packed)) }
      if plan.storesScores {
        let copies = accounting.copiesHeads ? sizes.packed + sizes.result : 0
        points.append(
          point(
            "attention",
            attention + sizes.result + copies + sizes.heads * Double(plan.context)))
      } else {
        points.append(
          point(
            "attention", attention + sizes.result, numbers: sizes.heads,
            fixed: Double(accounting.tiles.forward)))
      }
      // The layer's input, the sum after attention, the norm's result, and the feed-forward
      // activations.
      points.append(
        point("feed-forward", 3 * d + sizes.up + sizes.hidden + sizes.routedElements))
    }
    return points
  }

  // MARK: Terms

  func passingTerms(at peak: MemoryEstimate.Point) -> [MemoryEstimate.Term] {
    func term(_ kind: MemoryEstimate.Kind, _ bytes: Double, _ formula: String)
      -> MemoryEstimate.Term
    { MemoryEstimate.Term(kind: kind, bytes: bytes, formula: formula) }
    guard plan.use == .training else {
      return [
        term(
          .logits, peak.logits,
          peak.logits > 0
            ? "4 · vocabulary · tokens" : "freed before the peak"),
        term(
          .workspace, peak.workspace,
          "\(peak.name): \(Self.whole(passRows)) \(passRows == 1 ? "token" : "tokens") at once"
            + (plan.storesScores ? ", with their score matrix" : "")),
      ]
    }
    return [
      term(.activations, peak.activations, keptFormula),
      term(
        .logits, peak.logits,
        peak.logits > 0
          ? "4 · \(plan.lossChunk == nil ? "tokens" : "chunk") · vocabulary"
          : "\(Self.whole((logitBytes / 1e6).rounded())) MB, freed before the peak"),
      term(
        .workspace, peak.workspace,
        peak.name
          + (gatheredBytes == 0
            ? ""
            : parallelism.copies > 1
              ? ", and the largest part gathered" : ", and a matrix expanded to 16 bits")),
    ]
  }

  private var keptFormula: String {
    if plan.offload.contains(.activations) {
      let part =
        switch plan.recomputation {
        case .nothing, .selective: "two layers"
        case .full: "one layer recomputed, and two inputs"
        case .everyKth(let k): "\(k) layers recomputed, and two inputs"
        }
      return part + "; the rest in the host's memory"
    }
    switch plan.recomputation {
    case .full: return "2 · width · tokens · layers, and one layer recomputed"
    case .everyKth(let k):
      return "2 · width · tokens · layers / \(k), and \(k) layers recomputed"
    case .nothing, .selective:
      let isSelective = plan.recomputation == .selective
      guard groups.count == 1, parallelism.tensor == 1, plan.adapters == nil else {
        let parts = groups.map { group in
          let bytes = outside(group.sizes) + (isSelective ? 0 : inside(group.sizes))
          return "\(Self.layers(group.count)) · \(Self.whole(bytes.rounded()))"
        }
        let sum = parts.joined(separator: " + ")
        return (parts.count > 1 ? "(\(sum))" : sum) + " bytes · tokens"
      }
      let each = "\(Int((groups[0].sizes.outsideBytes / d).rounded())) · width"
      guard plan.storesScores, !isSelective else { return "\(each) · tokens · layers" }
      return "(\(each) + \(plan.hasDropout ? 5 : 2) · heads · tokens) · tokens · layers"
    }
  }
}
