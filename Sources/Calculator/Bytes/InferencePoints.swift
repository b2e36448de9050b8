/// The points of a pass without recording. Nothing is kept, so the peak is that of one layer.
extension DeviceShare {
  /// Rows of one pass: a chunk of the prompts, or all of them; at least one row per request.
  var passRows: Double {
    let all = Double(max(1, plan.context - plan.newTokens)) * Double(plan.batch)
    let rows = plan.prefillChunk.map { min(all, max(Double($0), Double(plan.batch))) } ?? all
    return (rows / Double(parallelism.context)).rounded(.up)
  }

  private var passLogitRows: Double { accounting.computesAllLogits ? passRows : Double(plan.batch) }
  /// Tokens whose logits are live at once.
  private var liveLogitRows: Double { plan.use == .training ? lossRows : passLogitRows }

  /// Bytes of the logits of one pass.
  private var passLogits: Double {
    passLogitRows * accounting.logitBytes * Double(model.vocabularyCount) / tensor
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
    let words = "vocabulary \(Self.whole(Double(model.vocabularyCount)))"
    let logitText =
      "\(Self.number(accounting.logitBytes)) bytes · \(Self.whole(liveLogitRows)) "
      + (liveLogitRows == 1 ? "token" : "tokens") + " · \(words)"
      + (parallelism.tensor > 1 ? " / \(parallelism.tensor)" : "")
    let logits = peak.logits > 0 ? logitText : "0; freed before the peak: \(logitText)"
    func workspaceText(_ rows: Double) -> String {
      let perRow = Self.number(max(0, peak.workspace - gatheredBytes) / rows)
      return "\(Self.whole(rows)) \(rows == 1 ? "token" : "tokens") · \(perRow) bytes"
        + (gatheredBytes > 0 ? " + \(Self.number(gatheredBytes))" : "") + "; \(peak.name)"
    }
    guard plan.use == .training else {
      return [
        term(.logits, peak.logits, logits),
        term(
          .workspace, peak.workspace,
          workspaceText(passRows) + (plan.storesScores ? ", with their score matrix" : "")),
      ]
    }
    return [
      term(.activations, peak.activations, keptFormula(peak.activations)),
      term(.logits, peak.logits, logits),
      term(
        .workspace, peak.workspace,
        workspaceText(rows)
          + (gatheredBytes == 0
            ? ""
            : parallelism.copies > 1
              ? ", and the largest part gathered" : ", and a matrix expanded to 16 bits")),
    ]
  }

  /// Bytes of activations at the peak: those kept at the end of the forward pass, and what was
  /// added or freed since.
  private func keptFormula(_ bytes: Double) -> String {
    let tokens = "\(Self.whole(rows)) \(rows == 1 ? "token" : "tokens")"
    if plan.offload.contains(.activations) {
      let part =
        switch plan.recomputation {
        case .nothing, .selective: "two layers"
        case .full: "one layer recomputed, and two inputs"
        case .everyKth(let k): "\(k) layers recomputed, and two inputs"
        }
      return
        "\(Self.number(bytes / rows)) bytes · \(tokens); \(part), the rest in the host's memory"
    }
    var parts: [String] = []
    switch plan.recomputation {
    case .full: parts = segmentTexts(of: 1)
    case .everyKth(let k): parts = segmentTexts(of: k)
    case .nothing, .selective:
      for group in groups where group.count > 0 {
        parts.append("\(Self.layers(group.count)) · \(perTokenText(group.sizes))")
      }
    }
    let kept = parts.count > 1 ? "(\(parts.joined(separator: " + ")))" : parts.joined()
    let passes = parallelism.pipeline > 1 ? " · \(parallelism.pipeline) passes in flight" : ""
    let rest = (bytes - keptBytes).rounded()
    let change =
      rest > 0
      ? " + \(Self.whole(rest)) at the peak"
      : rest < 0 ? " − \(Self.whole(-rest)) freed before the peak" : ""
    return "\(kept) · \(tokens)\(passes)\(change)"
  }

  /// Bytes that a layer keeps per token: a multiple of the width, as papers write it, or a number.
  private func perTokenText(_ sizes: LayerActivations) -> String {
    let (outside, inside) = (outside(sizes), inside(sizes))
    let multiple = outside / d
    let width = Self.whole(d)
    var text =
      multiple == multiple.rounded()
      ? "\(Self.whole(multiple)) · width \(width)" : "\(Self.number(outside)) bytes"
    guard plan.recomputation != .selective, inside > 0 else { return text }
    let pairs = sizes.heads * Double(plan.context)
    text +=
      plan.storesScores
      ? " + \(Self.number(inside / pairs)) · \(Self.number(sizes.heads)) heads · "
        + "\(Self.whole(Double(plan.context))) keys"
      : " + \(Self.number(inside))"
    return "(\(text))"
  }

  /// Inputs of segments that are recomputed, and the layers of the last one.
  private func segmentTexts(of size: Int) -> [String] {
    let count = (layerCount / Double(size)).rounded(.up)
    let last = layerCount - (count - 1) * Double(size)
    let input = Self.number(largest.inputBytes)
    return (count > 1 ? ["\(Self.whole(count - 1)) · input \(input)"] : [])
      + ["\(Self.layers(last)) · \(Self.number(outside(largest) + inside(largest)))"]
  }
}
