import Autograd
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// One policy on one model: bytes, layers computed, time.
struct Measurement: Codable {
  let policy: ActivationPolicy
  /// The most bytes of activations held at a time, by the meter.
  let peakBytes: Int
  let predictedBytes: Int
  /// How often a layer was computed forward.
  let layersComputed: Int
  /// Seconds of the fastest of several passes forward and backward.
  var seconds = Double.infinity
  /// Live bytes beyond what was held before, after each birth and death of a tensor.
  let liveBytes: [Int]

  var deviation: Double { abs(Double(peakBytes) / Double(predictedBytes) - 1) }
}

/// A model with a batch of text, ready for training passes under any policy.
final class Bench {
  let model: Transformer
  private let inputs: [Int32]
  private let targets: [Int32]
  private let batchCount: Int
  private let seed: UInt64
  private var backend: any Backend { model.backend }

  /// The inputs are `batchCount` sequences side by side.
  init(
    _ model: Transformer, inputs: [Int32], targets: [Int32], batchCount: Int = 1, seed: UInt64
  ) {
    self.model = model
    self.inputs = inputs
    self.targets = targets
    self.batchCount = batchCount
    self.seed = seed
  }

  /// One pass forward and backward; gradients are left in the parameters.
  func pass(_ policy: ActivationPolicy, layerComputed: (@Sendable (Int) -> Void)? = nil) {
    model.parameters.resetGradients()
    let tape = Tape(backend)
    let training = TrainingPass(
      dropoutSeed: seed, step: 1, policy: policy, layerComputed: layerComputed)
    tape.backward(
      from: model.loss(
        inputs, targets: targets, batch: batchCount, tape: tape, training: training))
  }

  /// The gradient after a pass, parameter by parameter, as bits.
  func gradientBits(_ policy: ActivationPolicy) -> [[UInt32]] {
    pass(policy)
    return model.parameters.all.map { parameter in
      parameter.gradient.map { backend.read($0).map(\.bitPattern) } ?? []
    }
  }

  func measure(_ policy: ActivationPolicy) -> Measurement {
    if model.parameters.all.contains(where: { $0.gradient == nil }) { pass(.keepAll) }
    let counter = LayerCounter()
    let held = backend.meter.current.totalBytes
    let (_, peak, live) = backend.meter.timeline {
      pass(policy) { _ in counter.count += 1 }
    }
    let bytes = ActivationBytes(
      configuration: model.configuration, batchCount: batchCount,
      length: inputs.count / batchCount)
    return Measurement(
      policy: policy, peakBytes: peak[.activations], predictedBytes: bytes.peak(policy),
      layersComputed: counter.count, liveBytes: live.map { $0 - held })
  }

  /// Seconds of a pass, by the backend's own clock.
  func time(_ policy: ActivationPolicy) -> Double {
    backend.workSeconds { pass(policy) }
  }

  /// The time of one policy over that of another: the median over pairs of passes, one right after
  /// the other, so that a slow moment of the machine hits both.
  func timeRatio(
    of policy: ActivationPolicy, over base: ActivationPolicy, pairCount: Int, on notebook: Notebook
  ) -> Double {
    let ratios = notebook.each(0..<pairCount) { pair in
      // Every second pair the other way round.
      if pair % 2 == 0 { return time(policy) / time(base) }
      let first = time(base)
      return time(policy) / first
    }
    return ratios.sorted()[pairCount / 2]
  }
}

/// Counts on whatever thread a layer is computed; a pass uses one.
private final class LayerCounter: @unchecked Sendable { var count = 0 }

/// How many numbers of two gradients differ; a parameter without a gradient differs in all.
func differingNumbers(_ a: [[UInt32]], _ b: [[UInt32]]) -> Int {
  zip(a, b).reduce(0) { sum, pair in
    guard pair.0.count == pair.1.count else { return sum + max(pair.0.count, pair.1.count) }
    return sum + zip(pair.0, pair.1).count { $0 != $1 }
  }
}

/// The slope of a straight line through `(log x, log y)`, by least squares: the exponent of a power.
func exponent(_ x: [Double], _ y: [Double]) -> Double {
  let (u, v) = (x.map { log2($0) }, y.map { log2($0) })
  let (meanU, meanV) = (u.reduce(0, +) / Double(u.count), v.reduce(0, +) / Double(v.count))
  let products = zip(u, v).reduce(0) { $0 + ($1.0 - meanU) * ($1.1 - meanV) }
  return products / u.reduce(0) { $0 + ($1 - meanU) * ($1 - meanU) }
}
