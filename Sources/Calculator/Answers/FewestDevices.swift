/// A plan on few devices that are enough.
public struct FewestDevices: Equatable, Sendable {
  public let plan: MemoryPlan
  /// Whether all smaller numbers of devices were tried: in training copies that share all state
  /// (ZeRO-3), and tensor, pipeline and context parallelism with all their products.
  public let isFewest: Bool
}

extension MemoryPlan {
  /// The same plan on the fewest devices of this memory that are enough, up to 4,096; nil if none of
  /// the tried numbers is.
  ///
  /// - Complexity: all factorizations of all smaller numbers, within a budget of some 50,000
  ///   estimates.
  public func onFewestDevices(of bytes: Double) -> FewestDevices? {
    // Devices together hold at least what one would; half of it is a bound for all roundings.
    var single = self
    single.parallelism = Parallelism()
    let held = single.estimate.held.reduce(0) { $0 + $1.bytes }
    guard bytes > 0, held / bytes < 2 * 4096 else { return nil }
    let least = max(1, Int(held / bytes / 2))
    let work = 100 + 100 * model.groups.count + (model.groups.count > 1 ? model.layerCount : 0)
    var search = Search(plan: self, bytes: bytes, budget: 16_000_000 / work)
    // A number with many factors that is enough, then all below it.
    var most = 1
    while most < least { most *= 2 }
    var found = search.plan(on: most)
    while found == nil, most < 4096, !search.isExhausted {
      most *= 2
      found = search.plan(on: most)
    }
    guard let found else { return nil }
    for count in least..<max(least, most) {
      if let smaller = search.plan(on: count) {
        return FewestDevices(plan: smaller, isFewest: true)
      }
      if search.isExhausted { return FewestDevices(plan: found, isFewest: false) }
    }
    return FewestDevices(plan: found, isFewest: true)
  }

  private struct Search {
    let plan: MemoryPlan
    let bytes: Double
    var budget: Int

    var isExhausted: Bool { budget <= 0 }

    /// A plan on this number of devices that fits, with as few kinds of parallelism as possible.
    mutating func plan(on count: Int) -> MemoryPlan? {
      for parallelism in candidates(count) {
        budget -= 1
        guard !isExhausted else { return nil }
        var own = plan
        own.parallelism = parallelism
        if own.objection == nil, own.estimate.total <= bytes { return own }
      }
      return nil
    }

    private func candidates(_ count: Int) -> [Parallelism] {
      let attentions = plan.model.groups.map(\.layer.attention)
      let isTraining = plan.use == .training
      let divisors = { (n: Int) in (1...n).filter { n % $0 == 0 } }
      var all: [Parallelism] = []
      // Key/value heads are divided evenly, or each is on equally many devices.
      for tensor in divisors(count)
      where attentions.allSatisfy({
        $0.headCount % tensor == 0
          && ($0.latent != nil || $0.kvHeadCount % tensor == 0 || tensor % $0.kvHeadCount == 0)
      }) {
        for pipeline in divisors(count / tensor) where pipeline <= plan.model.layerCount {
          let rest = count / tensor / pipeline
          for context in divisors(rest)
          where context <= plan.context && (isTraining || context == rest) {
            all.append(
              Parallelism(
                data: rest / context, tensor: tensor, pipeline: pipeline, context: context,
                dividesNorms: plan.parallelism.dividesNorms && tensor > 1,
                stage: isTraining && rest > 1 ? .parameters : .nothing))
          }
        }
      }
      func key(_ p: Parallelism) -> (Int, Int, Int, Int) {
        let kinds = [p.data, p.tensor, p.pipeline, p.context].count { $0 > 1 }
        return (kinds, -p.data, -p.tensor, -p.pipeline)
      }
      return all.sorted { key($0) < key($1) }
    }
  }
}
