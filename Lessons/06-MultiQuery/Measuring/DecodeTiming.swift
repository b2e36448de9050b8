import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// Time and cache bytes of one decoding step of one layer.
package struct DecodeCost: Codable, Sendable {
  /// Bytes of keys and values, as the memory meter counts them.
  package let cacheBytes: Int
  /// Wall time of the step, the median of the rounds.
  package let seconds: Double

  package init(cacheBytes: Int, seconds: Double) {
    self.cacheBytes = cacheBytes
    self.seconds = seconds
  }
}

/// Decoding steps of one layer at several context lengths, for each kind of sharing.
package struct DecodeTiming: Codable, Sendable {
  package struct Row: Codable, Sendable {
    package let context: Int
    package let costs: Keyed<Sharing, DecodeCost>

    package init(context: Int, costs: Keyed<Sharing, DecodeCost>) {
      self.context = context
      self.costs = costs
    }
  }

  /// One per context length, ascending.
  package private(set) var rows: [Row] = []
  /// Bytes per second read from memory: the higher of two measurements,
  /// before and after the timing.
  package let bandwidth: Double

  package init(rows: [Row], bandwidth: Double) {
    self.rows = rows
    self.bandwidth = bandwidth
  }

  /// Times every kind of sharing in interleaved rounds, one context length at a time.
  package init(
    _ experiment: Experiment, seed: UInt64, on backend: any Backend,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    func bandwidth() -> Double {
      backend.measureReadBandwidth(byteCount: experiment.bandwidthBytes, passCount: 4)
    }
    let before = bandwidth()
    for (index, context) in experiment.contexts.enumerated() {
      let layers = try Keyed<Sharing, [DecodeLayer]> { sharing in
        try (0..<experiment.timedLayers).map { _ in
          try DecodeLayer(experiment, sharing, context: context, seed: seed, on: backend)
        }
      }
      let samples = interleaved(Sharing.allCases, rounds: experiment.rounds) { sharing in
        layers[sharing].map { $0.seconds() }.reduce(0, +) / Double(layers[sharing].count)
      }
      let medians = Dictionary(uniqueKeysWithValues: zip(Sharing.allCases, samples.map(median)))
      rows.append(
        Row(
          context: context,
          costs: layers.mapValues { sharing, layers in
            DecodeCost(cacheBytes: layers[0].cacheBytes, seconds: medians[sharing] ?? .nan)
          }))
      progress(index + 1, experiment.contexts.count)
    }
    self.bandwidth = max(before, bandwidth())
  }

  /// Seconds that reading the cache once takes at the measured bandwidth.
  package func readingTime(_ cost: DecodeCost) -> Double { Double(cost.cacheBytes) / bandwidth }
}

/// One layer's attention for one new token, with a full cache.
private final class DecodeLayer {
  private let backend: any Backend
  private let queries, keys, values, output, logSumExp: Tensor
  private let problem: AttentionProblem
  /// Bytes of keys and values, as the memory meter counts them.
  let cacheBytes: Int

  init(
    _ experiment: Experiment, _ sharing: Sharing, context: Int, seed: UInt64,
    on backend: any Backend
  ) throws {
    self.backend = backend
    let (heads, dim) = (experiment.timedHeads, experiment.timedHeadDim)
    problem = AttentionProblem(
      batchCount: 1, queryLength: 1, keyLength: context, headCount: heads,
      kvHeadCount: try sharing.scheme.kvHeadCount(of: heads), headDim: dim)
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

  /// Runs one step and returns its wall time.
  func seconds() -> Double {
    let start = ContinuousClock.now
    backend.attention(
      AttentionOperands(
        queries: HeadView(headMajor: queries), keys: HeadView(headMajor: keys),
        values: HeadView(headMajor: values), output: HeadView(headMajor: output),
        logSumExp: logSumExp), problem)
    backend.synchronize()
    return LessonKit.seconds(since: start)
  }
}
