extension MemoryPlan {
  /// What an estimate assumes, in sentences, for the reader to judge.
  public var assumptions: [String] {
    ["Sizes: \(model.source)."] + positions
      + (use == .training ? trainingAssumptions : inferenceAssumptions)
      + devices + [
        "Activations: \(accounting.name). Logits: 32 bits.",
        """
        Not counted: the framework, kernels, fragmentation, network buffers. Leave one to \
        several GB.
        """,
      ]
  }

  private var positions: [String] {
    let rows = model.learnedPositionCount
    guard rows > 0, context > rows else { return [] }
    return [
      "The model has \(DeviceShare.whole(Double(rows))) learned positions and cannot use more "
        + "tokens; a longer table is not counted."
    ]
  }

  /// Bytes of the cache that hold no token, because the last block of a request is partly empty.
  public var paddingBytes: Double {
    var unpadded = self
    unpadded.blockLength = nil
    return estimate[.cache] - unpadded.estimate[.cache]
  }

  private func tokens(_ count: Int) -> String {
    DeviceShare.whole(Double(count)) + (count == 1 ? " token" : " tokens")
  }

  private var scores: String {
    storesScores
      ? "Attention stores its score matrix (naive)."
      : "Attention is tiled and stores no score matrix."
  }

  private var windows: [String] {
    if let window {
      return ["Every layer attends to the last \(tokens(window))."]
    }
    let limited = model.groups.filter { $0.layer.attention.window != nil }
    guard !limited.isEmpty else { return [] }
    let parts = limited.map {
      "\($0.count) of \(model.layerCount) layers attend to the last "
        + tokens($0.layer.attention.window ?? 0)
    }
    return [parts.joined(separator: ", ") + (use == .inference ? ", and cache no more." : ".")]
  }

  private var inferenceAssumptions: [String] {
    var all = [
      prefillChunk.map {
        "Prompts are read in chunks of \(tokens($0))."
      } ?? "All prompts are read in one pass."
    ]
    all.append(
      "Weights: \(weightFormat.name) (\(weightFormat.source))"
        + (weightFormat == model.publishedFormat ? ", as they are published." : "."))
    all.append(scores)
    all += windows
    if let blockLength {
      all.append(
        "The cache is in blocks of \(tokens(blockLength)); the last of a request is padded, "
          + "\(DeviceShare.whole(paddingBytes.rounded())) bytes in all.")
    }
    if sharedPrefix > 0, batch > 1 {
      all.append(
        "\(DeviceShare.whole(Double(sharedPrefix))) tokens at the start are the same in all "
          + "\(batch) requests, and cached once.")
    }
    if model.hasExperts { all.append("All experts are in memory; a token uses some.") }
    return all
  }

  private var trainingAssumptions: [String] {
    var all = [
      "State: \(state.name)\(adapters == nil ? "" : ", of the adapters only").",
      "Recomputation: \(recomputation.name)."
        + (recomputation == .selective && !storesScores
          ? " With tiled attention it saves nothing, because no scores are stored; it costs time."
          : ""),
      scores,
      hasDropout ? "Dropout, whose masks are stored." : "No dropout.",
      (lossChunk.map { "Logits of \(tokens($0)) at a time" } ?? "Logits of all tokens at once")
        + "; their gradient overwrites them.",
    ]
    if let adapters {
      all.append(
        "Adapters of rank \(adapters.rank) on "
          + "\(adapters.targets.map(\.rawValue).sorted().joined(separator: ", ")); frozen weights: "
          + "\(adapters.baseFormat.name).")
    }
    if accumulation > 1 { all.append("A step adds up \(accumulation) passes.") }
    if !offload.isEmpty {
      all.append(
        "In the host's memory: \(offload.map(\.rawValue).sorted().joined(separator: ", ")); the "
          + "time to move it is not counted.")
    }
    return all + windows
  }

  private var devices: [String] {
    guard let summary = parallelism.summary else { return [] }
    var all = [summary + "."]
    let attentions = model.groups.map(\.layer.attention)
    if use == .inference, parallelism.tensor > 1 {
      if attentions.contains(where: { $0.latent != nil }) {
        all.append("Latent vectors belong to all heads, so every device caches all of them.")
      }
      if let heads = attentions.first(where: {
        $0.latent == nil && $0.kvHeadCount < parallelism.tensor
      })?.kvHeadCount {
        all.append(
          "There \(heads == 1 ? "is 1 key/value head" : "are \(heads) key/value heads") for "
            + "\(parallelism.tensor) devices, so \(parallelism.tensor / heads) devices cache the "
            + "same head.")
      }
    }
    if use == .training, parallelism.tensor > 1 {
      all.append(
        parallelism.dividesNorms
          ? "Norms and dropout are divided by tokens (sequence parallelism)."
          : "Norms and dropout are on every device (no sequence parallelism).")
    }
    if parallelism.pipeline > 1 {
      all.append(model.stageText(of: parallelism.pipeline))
      if use == .training {
        all.append(
          "The first device of a pipeline has the activations of \(parallelism.pipeline) passes.")
      }
    }
    return all
  }
}
