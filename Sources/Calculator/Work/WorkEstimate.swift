/// FLOPs of a plan, and lower bounds on its time on a device.
public struct WorkEstimate: Sendable {
  /// FLOPs or bytes of one part, and its time at the device's peak rates.
  public struct Line: Sendable {
    public let name: String
    public let flops: Double
    public let bytes: Double
    /// Nil if the device's peak is unknown.
    public let seconds: Double?
  }

  public let lines: [Line]

  /// - Complexity: O(1).
  public init(_ plan: MemoryPlan, on device: Device) {
    lines =
      plan.use == .training
      ? Self.training(plan, device) : Self.inference(plan, device)
  }

  /// A training step over the sequences of one device: with all query-key pairs, as papers count,
  /// and without those that the causal mask hides.
  private static func training(_ plan: MemoryPlan, _ device: Device) -> [Line] {
    [false, true].map { isCausal in
      let flops = plan.trainingFlops(isCausal: isCausal)
      return Line(
        name: isCausal ? "a step, masked pairs skipped" : "a step, all pairs", flops: flops,
        bytes: 0, seconds: device.flopsPerSecond.map { flops / $0 / plan.sharesOfWork })
    }
  }

  private static func inference(_ plan: MemoryPlan, _ device: Device) -> [Line] {
    let prompt = [false, true].map { isCausal in
      let flops = plan.promptFlops(isCausal: isCausal)
      return Line(
        name: isCausal ? "the prompt, masked pairs skipped" : "the prompt, all pairs",
        flops: flops, bytes: 0,
        seconds: device.flopsPerSecond.map { flops / $0 / plan.sharesOfWork })
    }
    // A token goes through all devices of a pipeline, one after the other.
    var whole = plan
    whole.parallelism.pipeline = 1
    let estimate = whole.estimate
    let read = estimate[.weights] - whole.unreadBytes + estimate[.cache]
    let attention = plan.model.groups.reduce(0.0) {
      $0 + 2 * Double(plan.reach(of: $1.layer.attention)) * Double($1.count)
        * $1.layer.attention.pairDim
    }
    let next = Line(
      name: "each next token reads weights and cache",
      flops: (2 * plan.model.promptParameterCount + plan.model.logitFlops + attention)
        * Double(plan.batch),
      bytes: read, seconds: device.bytesPerSecond.map { read / $0 })
    guard plan.newTokens > 1 else { return prompt + [next] }
    // On average, half of the new tokens are in the cache.
    let full = Double(plan.context)
    let mean = estimate[.cache] * (full - Double(plan.newTokens) / 2) / full
    let all = Double(plan.newTokens) * (read - estimate[.cache] + mean)
    return prompt + [
      next,
      Line(
        name: "all \(DeviceShare.whole(Double(plan.newTokens))) new tokens",
        flops: Double(plan.newTokens) * next.flops,
        bytes: all,
        seconds: device.bytesPerSecond.map { all / $0 }),
    ]
  }
}

extension MemoryPlan {
  /// Devices that share the work on the same sequences.
  fileprivate var sharesOfWork: Double {
    Double(parallelism.tensor * parallelism.pipeline * parallelism.context)
  }

  /// FLOPs per sequence of a forward and a backward pass, and of what is recomputed.
  ///
  /// Forward and backward pass are 2N and 4N per token, and attention's likewise. Full recomputation
  /// is one more forward pass. Selective recomputation repeats attention. Frozen weights need no
  /// gradient, so adapters save a third.
  func sequenceFlops(isCausal: Bool) -> Double {
    let linear = 2 * model.activeParameterCount * Double(context)
    let attention = model.attentionForwardFlops(
      tokens: context, isCausal: isCausal, window: window)
    let passes: (linear: Double, attention: Double) =
      switch recomputation {
      case .nothing: (3, 3)
      case .selective: (3, 4)
      case .full, .everyKth: (4, 4)
      }
    return (passes.linear - (adapters == nil ? 0 : 1)) * linear + passes.attention * attention
  }

  /// FLOPs of one training step over the sequences of one device.
  public func trainingFlops(isCausal: Bool) -> Double {
    sequenceFlops(isCausal: isCausal) * Double(batch) * Double(accumulation)
  }

  /// FLOPs of the prompts of all requests, with the logits of the last token of each; a shared
  /// prefix is computed once.
  public func promptFlops(isCausal: Bool) -> Double {
    func pass(_ tokens: Int) -> Double {
      2 * model.promptParameterCount * Double(tokens)
        + model.attentionForwardFlops(tokens: tokens, isCausal: isCausal, window: window)
    }
    let repeated = Double(batch - 1) * (sharedPrefix > 0 ? pass(sharedPrefix) : 0)
    return Double(batch) * (pass(max(1, context - newTokens)) + model.logitFlops) - repeated
  }

  /// Bytes on one device that one decoding step does not read: experts that no token chooses, and
  /// rows of tables that are looked up. Of E experts, a batch of B tokens that choose A each misses
  /// one with probability (1 − A/E)^B.
  var unreadBytes: Double {
    let format = weightFormat.resolved(for: model)
    func unread(_ rows: Int, _ bits: Double) -> Double {
      Double(max(0, rows - batch)) * Double(model.modelDim) * bits / 8
    }
    // An output projection that is the embedding is read; positions are on every device.
    let tables =
      (model.tiesEmbedding
        ? 0 : unread(model.vocabularyCount, format.tableBits) / Double(parallelism.tensor))
      + unread(model.learnedPositionCount, format.vectorBits)
    let missed = model.groups.reduce(0.0) { sum, group in
      guard let experts = group.layer.feedForward.experts else { return sum }
      let none = 1 - Double(experts.active) / Double(experts.total)
      var share = 1.0
      // A power by repeated products, as far as it matters.
      for _ in 0..<min(batch, 10_000) where share > 1e-9 { share *= none }
      return sum + Double(group.count) * Double(model.weights(of: group.layer).experts) * share
    }
    return tables + missed * format.bitsPerWeight / 8
      / Double(parallelism.tensor * parallelism.pipeline)
  }

  /// FLOPs, device hours and price of training on this number of tokens with this plan. All pairs
  /// of a window are counted, as papers count.
  public func trainingPrice(
    tokens: Double, on device: Device, dollarsPerHour: Double,
    utilization: Double = palmUtilization
  ) -> (flops: Double, deviceHours: Double?, dollars: Double?) {
    let flops = tokens * sequenceFlops(isCausal: false) / Double(context)
    let hours = device.flopsPerSecond.map { flops / ($0 * utilization) / 3600 }
    return (flops, hours, hours.map { $0 * dollarsPerHour })
  }
}

/// Model FLOPs utilization of a large training run: PaLM 540B (Chowdhery et al., 2022,
/// section 4.1).
public let palmUtilization = 0.462
