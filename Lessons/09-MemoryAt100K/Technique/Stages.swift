import Calculator

/// One set of techniques, as a memory plan for LLaMA 7B.
protocol Stage: RawRepresentable, CaseIterable, Hashable where RawValue == String {
  var name: String { get }
  var plan: MemoryPlan { get }
  /// The end of its figure's file name; nil for a stage without a figure.
  var figureName: String? { get }
}

/// Techniques for inference: each case adds one to the case before it.
package enum InferenceStage: String, CaseIterable, Codable, Stage {
  case naive
  case tiled
  case eightKVHeads = "8-kv-heads"
  case oneKVHead = "1-kv-head"
  case int8Cache = "int8-cache"

  package var name: String {
    switch self {
    case .naive: "naive attention"
    case .tiled: "tiled"
    case .eightKVHeads: "tiled, 8 key/value heads"
    case .oneKVHead: "tiled, 1 key/value head"
    case .int8Cache: "1 head, 8-bit cache"
    }
  }

  package var plan: MemoryPlan {
    var plan = MemoryPlan(model: .llama7B, storesScores: self == .naive)
    switch self {
    case .naive, .tiled: break
    case .eightKVHeads: plan.model.kvHeadCount = 8
    case .oneKVHead: plan.model.kvHeadCount = 1
    case .int8Cache:
      plan.model.kvHeadCount = 1
      plan.cacheFormat = .int8
    }
    return plan
  }

  var figureName: String? {
    switch self {
    case .naive: "plain"
    case .tiled: "tiled"
    case .eightKVHeads: "shared"
    case .oneKVHead, .int8Cache: nil
    }
  }
}

/// Techniques for training on `deviceCount` cards with ZeRO-3.
package enum TrainingStage: String, CaseIterable, Codable, Stage {
  case naive
  case tiled
  case naiveSelective = "naive-selective"
  case tiledFull = "tiled-full"

  static let deviceCount = 64

  package var name: String {
    switch self {
    case .naive: "naive attention"
    case .tiled: "tiled"
    case .naiveSelective: "naive, selective recomputation"
    case .tiledFull: "tiled, full recomputation"
    }
  }

  package var plan: MemoryPlan {
    var plan = MemoryPlan(
      model: .llama7B, use: .training, storesScores: self == .naive || self == .naiveSelective,
      parallelism: Parallelism(data: Self.deviceCount, stage: .parameters))
    switch self {
    case .naive, .tiled: break
    case .naiveSelective: plan.recomputation = .selective
    case .tiledFull: plan.recomputation = .full
    }
    return plan
  }

  var figureName: String? {
    switch self {
    case .naive: "plain"
    case .tiled: "tiled"
    case .naiveSelective: nil
    case .tiledFull: "full"
    }
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
