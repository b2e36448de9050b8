/// FLOPs of a plan, and lower bounds on its time on a device.
public struct WorkEstimate: Sendable {
  /// FLOPs or bytes of one part, and its time at the device's peak rates.
  public struct Line: Sendable {
    public let name: String
    public let flops: Double
    public let bytes: Double
    public let seconds: Double
  }

  public let lines: [Line]

  /// - Complexity: O(1).
  public init(_ plan: MemoryPlan, on device: Device) {
    lines =
      plan.use == .training
      ? Self.training(plan, device) : Self.inference(plan, device)
  }

  /// A training step over the batch of one device, by `trainingFlopsPerToken`: with all query-key
  /// pairs, and with the causal half.
  private static func training(_ plan: MemoryPlan, _ device: Device) -> [Line] {
    let tokens = Double(plan.context) * Double(plan.batch)
    // Full recomputation is one more forward pass: a third of a forward and backward pass.
    let recomputationFactor = plan.recomputation == .full ? 4.0 / 3 : 1
    return [false, true].map { isCausal in
      let flopsPerToken = plan.model.trainingFlopsPerToken(
        context: min(plan.context, plan.window ?? plan.context), isCausal: isCausal)
      let flops = tokens * flopsPerToken * recomputationFactor
      return Line(
        name: isCausal ? "a step, causal half skipped" : "a step", flops: flops,
        bytes: 0, seconds: flops / device.flopsPerSecond)
    }
  }

  private static func inference(_ plan: MemoryPlan, _ device: Device) -> [Line] {
    let batch = Double(plan.batch)
    let linear = 2 * plan.model.computedParameterCount * Double(plan.context) * batch
    let prompt = [false, true].map { isCausal in
      let flops =
        linear + batch * Double(plan.model.layerCount)
        * plan.model.attentionFlops(
          tokens: plan.context, isCausal: isCausal, window: plan.window)
      return Line(
        name: isCausal ? "the prompt, causal half skipped" : "the prompt", flops: flops,
        bytes: 0,
        seconds: flops / device.flopsPerSecond / Double(plan.deviceCount))
    }
    let estimate = plan.estimate
    // In a mixture of experts, one token reads only the active weights.
    let active = plan.model.computedParameterCount / plan.model.nominalParameterCount
    let read = estimate[.weights] * active + estimate[.cache]
    let visibleKeys = Double(min(plan.context, plan.window ?? plan.context))
    let attention = 2 * visibleKeys * Double(plan.model.layerCount) * plan.model.pairDim
    return prompt + [
      Line(
        name: "each next token reads weights and cache",
        flops: (2 * plan.model.computedParameterCount + attention) * batch, bytes: read,
        seconds: read / device.bytesPerSecond)
    ]
  }
}

/// Model FLOPs utilization of a large training run: PaLM 540B (Chowdhery et al., 2022,
/// section 4.1).
public let palmUtilization = 0.462

extension ModelShape {
  /// FLOPs, device hours and price of training on this number of tokens.
  public func trainingPrice(
    tokens: Double, context: Int, on device: Device, dollarsPerHour: Double,
    utilization: Double = palmUtilization
  ) -> (flops: Double, deviceHours: Double, dollars: Double) {
    let flops = tokens * trainingFlopsPerToken(context: context)
    let hours = flops / (device.flopsPerSecond * utilization) / 3600
    return (flops, hours, hours * dollarsPerHour)
  }
}
