/// How a model is spread over devices. Each kind divides only what it divides.
public struct Parallelism: Hashable, Sendable, Codable {
  /// Copies of the model, each with its own sequences. They divide nothing, except by ZeRO.
  public var data = 1
  /// Devices that share each matrix: query heads and hidden units are divided, key/value heads as
  /// far as there are any, latent vectors and norms not at all (Shoeybi et al., 2019, section 3).
  public var tensor = 1
  /// Devices with some of the layers each.
  public var pipeline = 1
  /// Devices with a part of each sequence's tokens; each has all weights.
  public var context = 1
  /// Whether tensor parallelism also divides norms and dropout, by tokens (Korthikanti et al.,
  /// 2022, section 4.2.2).
  public var dividesNorms = false
  /// What the copies of the model share (FSDP is stage 3).
  public var stage = ZeROStage.nothing

  public init(
    data: Int = 1, tensor: Int = 1, pipeline: Int = 1, context: Int = 1,
    dividesNorms: Bool = false, stage: ZeROStage = .nothing
  ) {
    self.data = data
    self.tensor = tensor
    self.pipeline = pipeline
    self.context = context
    self.dividesNorms = dividesNorms
    self.stage = stage
  }

  /// Devices in total.
  public var deviceCount: Int { data * tensor * pipeline * context }
  /// Devices with the same weights, over which ZeRO shards.
  var copies: Int { data * context }

  /// For a sentence: "8 devices: tensor parallelism over 8"; nil for one device.
  public var summary: String? {
    let parts = [
      (data, "data"), (tensor, "tensor"), (pipeline, "pipeline"), (context, "context"),
    ].filter { $0.0 > 1 }.map { "\($0.1) parallelism over \($0.0)" }
    guard !parts.isEmpty else { return nil }
    return "\(deviceCount) devices: " + parts.joined(separator: ", ")
      + (stage == .nothing ? "" : ", \(stage.name)")
  }

  func objection(to model: ModelShape) -> String? {
    for (count, name) in [
      (data, "data"), (tensor, "tensor"), (pipeline, "pipeline"), (context, "context"),
    ] where !(1...1_000_000).contains(count) {
      return "\(name) parallelism over \(count) devices; it must be from 1 to 1,000,000"
    }
    let wrong = model.groups.first { $0.layer.attention.headCount % tensor != 0 }
    if let heads = wrong?.layer.attention.headCount {
      return """
        tensor parallelism over \(tensor) devices, which does not divide \(heads) heads; choose a \
        divisor, or pipeline or context parallelism
        """
    }
    let uneven = model.groups.map(\.layer.attention).first {
      $0.latent == nil && $0.kvHeadCount % tensor != 0 && tensor % $0.kvHeadCount != 0
    }
    if let heads = uneven?.kvHeadCount {
      return """
        tensor parallelism over \(tensor) devices, which neither divides \(heads) key/value heads nor \
        is a multiple of them; choose another number
        """
    }
    if pipeline > model.layerCount {
      return "pipeline parallelism over \(pipeline) devices, but there are only "
        + "\(model.layerCount) layers"
    }
    return nil
  }
}

/// Low-rank adapters: the weights of a model are frozen, and each chosen matrix gets two small
/// ones of rank `rank` that are trained (Hu et al., 2022).
public struct Adapters: Hashable, Sendable, Codable {
  public enum Target: String, Hashable, Sendable, Codable, CaseIterable {
    case q, k, v, o, gate, up, down
  }

  public var rank: Int
  public var targets: Set<Target>
  /// The format of the frozen weights: 16 bits for LoRA, 4 for QLoRA.
  public var baseFormat: WeightFormat

  public init(
    rank: Int, targets: Set<Target> = Set(Target.allCases), baseFormat: WeightFormat = .float16
  ) {
    self.rank = rank
    self.targets = targets
    self.baseFormat = baseFormat
  }

  /// Trained weights of one layer: `rank · (inputs + outputs)` per matrix. Tensor parallelism
  /// divides the side that the adapted matrix is divided by; the other is on every device.
  func weights(of layer: Layer, modelDim d: Int) -> WeightCount {
    let (a, f) = (layer.attention, layer.feedForward)
    let kvInput = a.latent?.rank ?? d
    // Each expert and the shared one have adapters of their own.
    let copies = (f.experts?.total ?? 1) + ((f.experts?.sharedDim ?? 0) > 0 ? 1 : 0)
    let hidden = (f.experts?.total ?? 1) * f.hiddenDim + (f.experts?.sharedDim ?? 0)
    var count = WeightCount()
    count.kvHeadCount = a.kvHeadCount
    func addKeysOrValues(_ headDim: Int) {
      count.copied += kvInput
      if a.latent == nil {
        count.perKVHead += a.kvHeadCount * headDim
      } else {
        count.split += a.headCount * headDim
      }
    }
    for target in targets {
      switch target {
      case .q:
        count.copied += a.latent?.queryRank ?? d
        count.split += a.queryDim
      case .k: addKeysOrValues(a.headDim)
      case .v: addKeysOrValues(a.valueHeadDim)
      case .o:
        count.split += a.resultDim
        count.copied += d
      case .gate, .up, .down:
        guard target != .gate || f.isGated else { continue }
        count.copied += copies * d
        count.split += hidden
      }
    }
    count.split *= rank
    count.perKVHead *= rank
    count.copied *= rank
    return count
  }

  /// Adapted matrices that one token uses in a layer: each keeps `rank` numbers for the backward
  /// pass.
  func keptElements(of layer: Layer) -> Int {
    let experts = layer.feedForward.experts
    let copies = (experts?.active ?? 1) + ((experts?.sharedDim ?? 0) > 0 ? 1 : 0)
    return rank
      * targets.reduce(0) { sum, target in
        switch target {
        case .q, .k, .v, .o: sum + 1
        case .gate: sum + (layer.feedForward.isGated ? copies : 0)
        case .up, .down: sum + copies
        }
      }
  }
}

/// State that is in the host's memory instead of the device's (Ren et al., 2021, ZeRO-Offload).
public enum Offload: String, Hashable, Sendable, Codable, CaseIterable {
  case optimizer, activations
}
