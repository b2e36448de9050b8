/// A technique that reduces the memory of a plan.
public struct Technique: Sendable, Equatable {
  /// What a technique costs, in the order in which an engineer would try them.
  public enum Cost: Int, Sendable, Comparable, CaseIterable {
    /// The same results at about the same speed.
    case free
    /// The same results, later.
    case slower
    /// Other results, nearly as good.
    case lossy
    /// A model that has to be trained for it.
    case otherModel
    case moreDevices

    public static func < (a: Cost, b: Cost) -> Bool { a.rawValue < b.rawValue }

    public var name: String {
      switch self {
      case .free: "exact and free"
      case .slower: "exact, but slower"
      case .lossy: "changes results"
      case .otherModel: "another model"
      case .moreDevices: "more devices"
      }
    }
  }

  public let name: String
  /// The lesson that implements it; nil if none does.
  public let lesson: Int?
  public let cost: Cost
  /// Techniques of one family exclude each other.
  let family: Family
  private let change: Change

  /// Whether the model still gives the same results, up to rounding.
  public var isExact: Bool { cost == .free || cost == .slower || cost == .moreDevices }

  enum Family: Sendable {
    case attention, window, sharing, cache, weights, recomputation, devices, chunk, loss, batch
    case optimizer, activations, training
  }

  private enum Change: Equatable, Sendable {
    case tile, window(Int), share(Int), cache(NumberFormat), weights(WeightFormat)
    case recompute(Recomputation), shard(Int), chunkPrompt(Int), chunkLoss(Int), oneByOne
    case moments, offload(Offload), adapt(Adapters), publishedWeights
  }

  /// The number of devices that it uses; nil if it is another kind of technique.
  fileprivate var deviceCount: Int? {
    if case .shard(let count) = change { count } else { nil }
  }

  /// The plan with this technique; nil if it changes nothing or does not apply.
  public func applied(to plan: MemoryPlan) -> MemoryPlan? {
    var plan = plan
    let isTraining = plan.use == .training
    switch change {
    case .tile:
      guard plan.storesScores else { return nil }
      plan.storesScores = false
    case .chunkPrompt(let length):
      // Of several requests, a pass has one token each at least.
      let rows = Double(plan.context) * Double(plan.batch)
      guard !isTraining, Double(plan.prefillChunk ?? .max) > Double(length), rows > Double(length)
      else { return nil }
      plan.prefillChunk = length
    case .chunkLoss(let length):
      guard isTraining, plan.lossChunk.map({ $0 > length }) ?? true,
        Double(plan.context) * Double(plan.batch) > Double(length)
      else { return nil }
      plan.lossChunk = length
    case .oneByOne:
      guard plan.batch > 1 else { return nil }
      let (passes, overflows) = plan.accumulation.multipliedReportingOverflow(by: plan.batch)
      guard !overflows else { return nil }
      if isTraining { plan.accumulation = passes }
      plan.batch = 1
    case .window(let length):
      guard !isTraining, !plan.storesScores,
        plan.model.groups.contains(where: { plan.reach(of: $0.layer.attention) > length })
      else { return nil }
      plan.window = length
    case .share(let count):
      guard
        plan.model.groups.allSatisfy({
          let attention = $0.layer.attention
          return attention.latent == nil && attention.kvHeadCount > count
            && attention.headCount % count == 0
        })
      else { return nil }
      plan.model.kvHeadCount = count
    case .cache(let format):
      guard !isTraining,
        max(plan.keyFormat.bitsPerElement, plan.valueFormat.bitsPerElement)
          > format.bitsPerElement
      else { return nil }
      plan.cacheFormat = format
    case .weights(let format):
      guard !isTraining, format.bitsPerWeight < plan.weightFormat.bitsPerWeight else { return nil }
      plan.weightFormat = format
    case .publishedWeights:
      guard !isTraining, let format = plan.model.publishedFormat,
        format.bitsPerWeight < plan.weightFormat.bitsPerWeight
      else { return nil }
      plan.weightFormat = format
    case .recompute(let policy):
      guard isTraining, plan.recomputation == .nothing,
        policy != .selective || plan.storesScores
      else { return nil }
      plan.recomputation = policy
    case .moments:
      guard isTraining, plan.state == .mixed16, plan.adapters == nil else { return nil }
      plan.state = .adam8bit
    case .offload(let state):
      guard isTraining, !plan.offload.contains(state) else { return nil }
      plan.offload.insert(state)
    case .adapt(let adapters):
      guard isTraining, plan.adapters == nil else { return nil }
      plan.adapters = adapters
    case .shard(let count):
      guard plan.deviceCount < count else { return nil }
      if isTraining {
        plan.parallelism.data = count / (plan.deviceCount / plan.parallelism.data)
        plan.parallelism.stage = .parameters
      } else {
        guard plan.deviceCount == plan.parallelism.tensor else { return nil }
        plan.parallelism.tensor = count
      }
      guard plan.parallelism.objection(to: plan.model) == nil else { return nil }
    }
    return plan
  }

  private init(
    _ name: String, lesson: Int? = nil, _ cost: Cost, _ family: Family, _ change: Change
  ) {
    self.name = name
    self.lesson = lesson
    self.cost = cost
    self.family = family
    self.change = change
  }

  /// The techniques of the course and other common ones, from the least to the most intrusive.
  public static let all: [Technique] =
    [
      Technique("tiled attention", lesson: 5, .free, .attention, .tile),
      Technique("weights as they are published", .free, .weights, .publishedWeights),
      Technique("the prompt in chunks of 2,048", .free, .chunk, .chunkPrompt(2048)),
      Technique("the prompt in chunks of 512", .free, .chunk, .chunkPrompt(512)),
      Technique("the loss in chunks of 2,048", .free, .loss, .chunkLoss(2048)),
      Technique("the loss in chunks of 512", .free, .loss, .chunkLoss(512)),
      Technique(
        "selective recomputation", lesson: 8, .slower, .recomputation, .recompute(.selective)),
      Technique("full recomputation", lesson: 8, .slower, .recomputation, .recompute(.full)),
      Technique("one sequence after the other", .slower, .batch, .oneByOne),
      Technique("the optimizer on the host", .slower, .optimizer, .offload(.optimizer)),
      Technique("activations on the host", .slower, .activations, .offload(.activations)),
      Technique("a cache of 8 bits", .lossy, .cache, .cache(.int8)),
      Technique("weights of 8 bits", .lossy, .weights, .weights(.int8)),
      Technique("weights of 4 bits", .lossy, .weights, .weights(.int4)),
      Technique("a cache of 4 bits", .lossy, .cache, .cache(.int4)),
      Technique("an optimizer of 8 bits", .lossy, .training, .moments),
      Technique("LoRA of rank 16", .lossy, .training, .adapt(Adapters(rank: 16))),
      Technique(
        "QLoRA of rank 16", .lossy, .training, .adapt(Adapters(rank: 16, baseFormat: .nf4))),
      Technique("a window of 4,096 tokens", lesson: 4, .lossy, .window, .window(4096)),
      Technique("8 shared key/value heads", lesson: 6, .otherModel, .sharing, .share(8)),
      Technique("1 shared key/value head", lesson: 6, .otherModel, .sharing, .share(1)),
    ] + [2, 4, 8, 16, 32, 64].map(sharded)

  private static func sharded(over count: Int) -> Technique {
    Technique("\(count) devices that share the weights", .moreDevices, .devices, .shard(count))
  }
}

extension MemoryPlan {
  /// The plan with several techniques, applied in order; nil if one of them does not apply.
  public func with(_ techniques: [Technique]) -> MemoryPlan? {
    techniques.reduce(Optional(self)) { plan, technique in
      plan.flatMap(technique.applied)
    }
  }

  /// What each technique alone saves of the total, in the order of `Technique.all`; only those that
  /// save something, and no more devices than the first number that fits `bytes`.
  public func savings(
    within bytes: Double, onOneDevice: Bool = false
  ) -> [(technique: Technique, bytes: Double)] {
    let total = estimate.total
    var isEnough = onOneDevice
    return Technique.all.compactMap { technique in
      guard technique.family != .devices || !isEnough,
        let after = technique.applied(to: self)?.estimate.total, after < total
      else { return nil }
      if technique.family == .devices { isEnough = after <= bytes }
      return (technique, total - after)
    }
  }

  /// Sets of techniques that make the plan fit, each without a superfluous one: any that are free,
  /// and up to `most` others. First those whose most intrusive technique costs least, then those
  /// with fewer of that cost, then the smaller ones. Empty if no such set is enough; one empty set
  /// if the plan fits already. `onOneDevice` excludes techniques that need more devices.
  ///
  /// - Complexity: estimates of all sets of up to `most` techniques, some thousands.
  public func waysToFit(
    _ bytes: Double, most: Int = 3, onOneDevice: Bool = false
  ) -> [[Technique]] {
    func fits(_ way: [Technique]) -> Bool {
      with(way).map { $0.estimate.total <= bytes } ?? false
    }
    let free = Technique.all.filter { $0.cost == .free && $0.applied(to: self) != nil }
    let base = with(free) ?? self
    let others = Technique.all.filter {
      $0.cost != .free && $0.applied(to: base) != nil && !(onOneDevice && $0.family == .devices)
    }
    var ways: [[Technique]] = []
    func search(_ set: [Technique], from start: Int) {
      if fits(free + set) {
        // Leave out what is not needed, the last first.
        var way = free + set
        for technique in way.reversed() {
          let fewer = way.filter { $0 != technique }
          if fits(fewer) { way = fewer }
        }
        if !ways.contains(way) { ways.append(way) }
        return
      }
      guard set.count < most else { return }
      for index in start..<others.count
      where !set.contains(where: { $0.family == others[index].family }) {
        search(set + [others[index]], from: index + 1)
      }
    }
    search([], from: 0)
    // More devices than are enough are no other way.
    ways = ways.filter { way in
      guard let count = way.lazy.compactMap(\.deviceCount).first else { return true }
      let rest = Set(way.filter { $0.deviceCount == nil }.map(\.name))
      return !ways.contains { other in
        guard let fewer = other.lazy.compactMap(\.deviceCount).first, fewer < count else {
          return false
        }
        return rest.isSuperset(of: other.filter { $0.deviceCount == nil }.map(\.name))
      }
    }
    // Ways were found in the order of the list, which breaks ties.
    return ways.enumerated().map { (index: $0, way: $1, key: Self.intrusion($1)) }
      .sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.way)
  }

  /// What the way costs: its most intrusive kind, how many of those, and how many techniques.
  private static func intrusion(_ way: [Technique]) -> Int {
    let worst = way.map(\.cost).max() ?? .free
    return 100 * worst.rawValue + 10 * way.count { $0.cost == worst } + way.count
  }
}
