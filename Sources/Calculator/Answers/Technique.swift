/// A technique that reduces the memory of a plan.
public struct Technique: Sendable, Equatable {
  public let name: String
  /// The lesson that implements it; nil if none does.
  public let lesson: Int?
  /// Whether the model still gives the same results, up to rounding.
  public let isExact: Bool
  /// Techniques of one family exclude each other.
  let family: Family
  private let change: Change

  enum Family: Sendable { case attention, window, sharing, cache, weights, recomputation, devices }

  private enum Change: Equatable, Sendable {
    case tile, window(Int), share(Int), cache(NumberFormat), weights(NumberFormat)
    case recompute(Recomputation), shard(ZeROStage, Int)
  }

  /// The plan with this technique; nil if it changes nothing or does not apply.
  public func applied(to plan: MemoryPlan) -> MemoryPlan? {
    var plan = plan
    switch change {
    case .tile:
      guard plan.storesScores else { return nil }
      plan.storesScores = false
    case .window(let length):
      guard plan.use == .inference, !plan.storesScores, plan.context > length,
        plan.window.map({ $0 > length }) ?? true
      else { return nil }
      plan.window = length
    case .share(let count):
      guard plan.model.latentCacheDim == nil, plan.model.kvHeadCount > count,
        plan.model.headCount % count == 0
      else { return nil }
      plan.model.kvHeadCount = count
    case .cache(let format):
      guard plan.use == .inference, format.bits < plan.cacheFormat.bits else { return nil }
      plan.cacheFormat = format
    case .weights(let format):
      guard plan.use == .inference, format.bits < plan.weightFormat.bits else { return nil }
      plan.weightFormat = format
    case .recompute(let policy):
      guard plan.use == .training, plan.recomputation == .nothing,
        policy != .selective || plan.storesScores
      else { return nil }
      plan.recomputation = policy
    case .shard(let stage, let count):
      guard plan.deviceCount < count else { return nil }
      plan.deviceCount = count
      if plan.use == .training { plan.stage = stage }
    }
    return plan
  }

  /// The techniques of the course and other common ones, from the least to the most intrusive.
  public static let all: [Technique] = [
    Technique(
      name: "tiled attention", lesson: 5, isExact: true, family: .attention, change: .tile),
    Technique(
      name: "selective recomputation", lesson: 8, isExact: true, family: .recomputation,
      change: .recompute(.selective)),
    Technique(
      name: "full recomputation", lesson: 8, isExact: true, family: .recomputation,
      change: .recompute(.full)),
    Technique(
      name: "8 shared key/value heads", lesson: 6, isExact: false, family: .sharing,
      change: .share(8)),
    Technique(
      name: "1 shared key/value head", lesson: 6, isExact: false, family: .sharing,
      change: .share(1)),
    Technique(
      name: "a cache of 8 bits", lesson: nil, isExact: false, family: .cache,
      change: .cache(.int8)),
    Technique(
      name: "a cache of 4 bits", lesson: nil, isExact: false, family: .cache,
      change: .cache(.int4)),
    Technique(
      name: "weights of 8 bits", lesson: nil, isExact: false, family: .weights,
      change: .weights(.int8)),
    Technique(
      name: "weights of 4 bits", lesson: nil, isExact: false, family: .weights,
      change: .weights(.int4)),
    Technique(
      name: "a window of 4,096 tokens", lesson: 4, isExact: false, family: .window,
      change: .window(4096)),
    sharded(over: 2), sharded(over: 8), sharded(over: 64),
  ]

  /// ZeRO-3: weights, gradients and optimizer state sharded over the devices.
  private static func sharded(over count: Int) -> Technique {
    Technique(
      name: "\(count) devices that share the weights", lesson: nil, isExact: true, family: .devices,
      change: .shard(.parameters, count))
  }
}

extension MemoryPlan {
  /// The plan with several techniques, applied in order; nil if one of them does not apply.
  public func with(_ techniques: [Technique]) -> MemoryPlan? {
    techniques.reduce(Optional(self)) { plan, technique in
      plan.flatMap(technique.applied)
    }
  }

  /// The smallest sets of techniques that make the plan fit, all of one size. Sets with fewer
  /// inexact techniques come first, then those earlier in `Technique.all`. Empty if no set of up to
  /// `most` techniques is enough; one empty set if the plan fits already. `onOneDevice` excludes
  /// techniques that need more devices.
  ///
  /// - Complexity: estimates of all sets of up to `most` techniques, some thousands.
  public func waysToFit(
    _ bytes: Double, most: Int = 4, onOneDevice: Bool = false
  ) -> [[Technique]] {
    var sets: [[Technique]] = [[]]
    for size in 0...most {
      let fitting = sets.filter { with($0).map { $0.estimate.total <= bytes } ?? false }
      if !fitting.isEmpty {
        // Sets are generated in the order of the list, which breaks ties.
        let ranked = fitting.enumerated().map { (index: $0, set: $1, changes: $1.lossyCount) }
        return ranked.sorted { ($0.changes, $0.index) < ($1.changes, $1.index) }.map(\.set)
      }
      if size < most { sets = sets.flatMap { Self.extended($0, onOneDevice) } }
    }
    return []
  }

  /// The set extended by each technique after its last one, of another family.
  private static func extended(_ set: [Technique], _ onOneDevice: Bool) -> [[Technique]] {
    let start = set.last.flatMap { Technique.all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    let families = Set(set.map(\.family) + (onOneDevice ? [.devices] : []))
    return Technique.all[start...].filter { !families.contains($0.family) }.map { set + [$0] }
  }
}

extension [Technique] {
  /// The number of techniques that change results.
  fileprivate var lossyCount: Int { count { !$0.isExact } }
}
