import Calculator

/// One set of techniques, as a memory plan for LLaMA 7B.
protocol Stage: RawRepresentable, CaseIterable, Hashable where RawValue == String {
  var name: String { get }
  var plan: MemoryPlan { get }
}

/// Techniques for inference: each case adds one to the case before it.
package enum InferenceStage: String, CaseIterable, Codable, Stage {
  case naive
  case tiled
  case chunked
  case eightKVHeads = "8-kv-heads"
  case int8Cache = "int8-cache"
  case int4Weights = "int4-weights"

  package var name: String {
    switch self {
    case .naive: "naive attention"
    case .tiled: "tiled attention"
    case .chunked: "prompt in chunks of 2,048"
    case .eightKVHeads: "8 key/value heads"
    case .int8Cache: "cache of 8 bits"
    case .int4Weights: "weights of 4 bits"
    }
  }

  package var plan: MemoryPlan {
    var plan = MemoryPlan(model: .llama7B, storesScores: self == .naive)
    let order = Self.allCases.firstIndex(of: self) ?? 0
    func isReached(_ stage: Self) -> Bool { order >= Self.allCases.firstIndex(of: stage) ?? 0 }
    if isReached(.chunked) { plan.prefillChunk = 2048 }
    if isReached(.eightKVHeads) { plan.model.kvHeadCount = 8 }
    if isReached(.int8Cache) { plan.cacheFormat = .int8 }
    if isReached(.int4Weights) { plan.weightFormat = .int4 }
    return plan
  }
}

/// Techniques for training on `deviceCount` cards with ZeRO-3: each case adds one to the case before.
package enum TrainingStage: String, CaseIterable, Codable, Stage {
  case naive
  case tiled
  case tiledFull = "tiled-full"
  case chunkedLoss = "chunked-loss"
  case contextParallel = "context-parallel"

  static let deviceCount = 64

  package var name: String {
    switch self {
    case .naive: "naive attention"
    case .tiled: "tiled attention"
    case .tiledFull: "full recomputation"
    case .chunkedLoss: "loss in chunks of 2,048"
    case .contextParallel: "8-way context parallelism"
    }
  }

  package var plan: MemoryPlan {
    var plan = MemoryPlan(
      model: .llama7B, use: .training, storesScores: self == .naive,
      parallelism: Parallelism(data: Self.deviceCount, stage: .parameters))
    let order = Self.allCases.firstIndex(of: self) ?? 0
    func isReached(_ stage: Self) -> Bool { order >= Self.allCases.firstIndex(of: stage) ?? 0 }
    if isReached(.tiledFull) { plan.recomputation = .full }
    if isReached(.chunkedLoss) { plan.lossChunk = 2048 }
    if isReached(.contextParallel) {
      (plan.parallelism.data, plan.parallelism.context) = (Self.deviceCount / 8, 8)
    }
    return plan
  }
}

extension ModelShape {
  static var llama7B: ModelShape { published("LLaMA 7B") ?? published[0] }
}

/// The card of this lesson.
enum Card {
  static let device = Device.known.first { $0.name == "A100 80 GB" } ?? Device.known[0]
  /// The article's 80 GB, in units of 10⁹. An A100 reports 80 GiB, 7% more.
  static let bytes = 80e9
}
