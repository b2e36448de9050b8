import Foundation
import SmallTransformer
import TensorCore

/// What one layer of one decoding step costs at a context, for one way of sharing.
package struct DecodeCost: Codable {
  package let sharing: KeyValueSharing
  package let context: Int
  package let cacheBytes: Int
  package let seconds: Double
}

/// Decoding steps of one layer, over contexts and sharings, each by turns.
struct DecodeClock: Codable {
  private(set) var costs: [DecodeCost] = []
  /// Bytes a second, read from memory, measured before and after; the better of both.
  let bandwidth: Double

  /// Each context and sharing runs once in every round; the median of the rounds counts.
  init(
    _ experiment: Experiment, seed: UInt64, on backend: any Backend,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    func bandwidth() -> Double {
      backend.measureReadBandwidth(byteCount: experiment.bandwidthBytes, passCount: 4)
    }
    let before = bandwidth()
    for (index, context) in experiment.contexts.enumerated() {
      let layers = try experiment.timedSharings.map { sharing in
        try (0..<experiment.timedLayers).map { _ in
          try DecodeLayer(experiment, sharing, context: context, seed: seed, on: backend)
        }
      }
      var times = [[Double]](repeating: [], count: layers.count)
      for round in 0...experiment.rounds {
        for (place, group) in layers.enumerated() {
          let seconds = group.map { $0.run() }.reduce(0, +) / Double(group.count)
          if round > 0 { times[place].append(seconds) }
        }
      }
      costs += zip(experiment.timedSharings, zip(layers, times)).map { sharing, measured in
        DecodeCost(
          sharing: sharing, context: context, cacheBytes: measured.0[0].cacheBytes,
          seconds: measured.1.sorted()[measured.1.count / 2])
      }
      progress(index + 1, experiment.contexts.count)
    }
    self.bandwidth = max(before, bandwidth())
  }

  func cost(_ sharing: KeyValueSharing, _ context: Int) -> DecodeCost? {
    costs.first { $0.sharing == sharing && $0.context == context }
  }

  /// What reading the cache once takes at the measured bandwidth.
  func floor(_ cost: DecodeCost) -> Double { Double(cost.cacheBytes) / bandwidth }
}

/// One layer's attention for one new token behind a full cache.
private final class DecodeLayer {
  private let backend: any Backend
  private let queries, keys, values, output, logSumExp: Tensor
  private let problem: AttentionProblem
  /// Keys and values, by the meter.
  let cacheBytes: Int

  init(
    _ experiment: Experiment, _ sharing: KeyValueSharing, context: Int, seed: UInt64,
    on backend: any Backend
  ) throws {
    self.backend = backend
    let (heads, dim) = (experiment.timedHeads, experiment.timedHeadDim)
    problem = AttentionProblem(
      batchCount: 1, queryLength: 1, keyLength: context, headCount: heads,
      kvHeadCount: try sharing.kvHeadCount(of: heads), headDim: dim)
    let before = backend.meter.current[.keyValueCache]
    let shape: Shape = [1, problem.kvHeadCount, context, dim]
    keys = backend.full(0.1, shape, .keyValueCache)
    values = backend.full(0.1, shape, .keyValueCache)
    cacheBytes = backend.meter.current[.keyValueCache] - before
    var generator = SeededGenerator(seed: seed, stream: "query")
    queries = backend.tensor(
      (0..<heads * dim).map { _ in generator.normal() }, [1, heads, 1, dim], .workspace)
    output = backend.empty([1, heads, 1, dim], .workspace)
    logSumExp = backend.empty([1, heads, 1], .workspace)
  }

  /// Seconds of one step.
  func run() -> Double {
    let start = ContinuousClock.now
    backend.attention(
      queries: HeadView(headMajor: queries), keys: HeadView(headMajor: keys),
      values: HeadView(headMajor: values), output: HeadView(headMajor: output),
      logSumExp: logSumExp, problem)
    backend.finish()
    let taken = ContinuousClock.now - start
    return Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
  }
}
