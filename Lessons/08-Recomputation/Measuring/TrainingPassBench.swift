import Autograd
import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// Bytes, layers computed and time of one policy on one model.
struct PolicyMeasurement: Codable {
  let policy: ActivationPolicy
  /// Peak bytes of activations, by the meter.
  let peakBytes: Int
  let predictedBytes: Int
  /// Forward evaluations of layers.
  let layersComputed: Int
  /// The fastest of several passes forward and backward.
  var seconds = Double.infinity
  /// Live bytes after each allocation and each free of a tensor, less those before the pass.
  let liveBytes: [Int]

  /// The difference of the measured from the predicted peak, relative to the predicted one.
  var residual: Double { abs(Double(peakBytes) / Double(predictedBytes) - 1) }
}

/// The measurements of all policies on one model.
struct PolicyMeasurements: Codable {
  /// In the order of the table.
  let all: [PolicyMeasurement]

  /// Nil for a policy that was not measured.
  subscript(policy: ActivationPolicy) -> PolicyMeasurement? { all.first { $0.policy == policy } }

  /// Time divided by that of keeping all activations.
  func timeRatio(_ measurement: PolicyMeasurement) -> Double {
    measurement.seconds / (self[.keepAll]?.seconds ?? .nan)
  }
}

/// A model and a batch of text, for training passes under any policy.
package final class TrainingPassBench {
  package let model: Transformer
  private let inputs: [Int32]
  private let targets: [Int32]
  private let batchCount: Int
  private let seed: UInt64
  private var backend: any Backend { model.backend }

  /// The inputs are `batchCount` sequences side by side.
  package init(
    _ model: Transformer, inputs: [Int32], targets: [Int32], batchCount: Int = 1, seed: UInt64
  ) {
    self.model = model
    self.inputs = inputs
    self.targets = targets
    self.batchCount = batchCount
    self.seed = seed
  }

  /// Runs one pass forward and backward. Gradients stay in the parameters.
  func pass(_ policy: ActivationPolicy, layerComputed: (@Sendable (Int) -> Void)? = nil) {
    model.parameters.resetGradients()
    let tape = Tape(backend)
    let training = TrainingPass(
      dropoutSeed: seed, step: 1, policy: policy, layerComputed: layerComputed)
    tape.backward(
      from: model.loss(
        inputs, targets: targets, batch: batchCount, tape: tape, training: training))
  }

  /// Runs a pass and returns the bits of the gradient of each parameter.
  func gradientBits(_ policy: ActivationPolicy) -> [[UInt32]] {
    pass(policy)
    return model.parameters.all.map { parameter in
      parameter.gradient.map { backend.read($0).map(\.bitPattern) } ?? []
    }
  }

  /// Measures bytes and layers computed, but no time.
  func measure(_ policy: ActivationPolicy) -> PolicyMeasurement {
    if model.parameters.all.contains(where: { $0.gradient == nil }) { pass(.keepAll) }
    let recorder = LayerRecorder()
    let held = backend.meter.current.totalBytes
    let (_, peak, live) = backend.meter.timeline {
      pass(policy) { recorder.layers.append($0) }
    }
    let bytes = ActivationBytes(
      configuration: model.configuration, batchCount: batchCount,
      length: inputs.count / batchCount)
    return PolicyMeasurement(
      policy: policy, peakBytes: peak[.activations], predictedBytes: bytes.peak(policy),
      layersComputed: recorder.layers.count, liveBytes: live.map { $0 - held })
  }

  /// Layers in the order in which a pass computes them.
  package func orderOfLayers(_ policy: ActivationPolicy) -> [Int] {
    let recorder = LayerRecorder()
    pass(policy) { recorder.layers.append($0) }
    return recorder.layers
  }

  /// Runs a pass and returns its time in seconds, as the backend measures it.
  package func workSeconds(_ policy: ActivationPolicy) -> Double {
    backend.workSeconds { pass(policy) }
  }

  /// The time of one policy divided by that of another: the median over pairs of passes. The
  /// passes of a pair follow each other, so that a slow moment of the machine affects both.
  func timeRatio(
    of policy: ActivationPolicy, over base: ActivationPolicy, pairCount: Int, on notebook: Notebook
  ) -> Double {
    let ratios = notebook.each(0..<pairCount) { pair in
      // Every second pair runs in the other order.
      if pair % 2 == 0 { return workSeconds(policy) / workSeconds(base) }
      let first = workSeconds(base)
      return workSeconds(policy) / first
    }
    return median(ratios)
  }
}

/// A list that a closure can extend. Not thread-safe: a pass computes its layers on one thread.
private final class LayerRecorder: @unchecked Sendable { var layers: [Int] = [] }

/// How many elements of two gradients differ. A parameter without a gradient differs in all, also
/// one at the end that only one of the lists has.
package func differingElements(_ a: [[UInt32]], _ b: [[UInt32]]) -> Int {
  (0..<max(a.count, b.count)).reduce(0) { sum, index in
    let (one, other) = (index < a.count ? a[index] : [], index < b.count ? b[index] : [])
    guard one.count == other.count else { return sum + max(one.count, other.count) }
    return sum + zip(one, other).count { $0 != $1 }
  }
}

extension Notebook {
  /// A fresh model and a batch of real text of this lesson's sizes.
  func bench(
    _ configuration: TransformerConfiguration, _ experiment: Experiment, _ book: Corpus,
    length: Int? = nil
  ) throws -> TrainingPassBench {
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: experiment.batchCount,
      length: length ?? experiment.length, generator: SeededGenerator(seed: seed, stream: "bench"))
    let batch = sampler.next()
    return TrainingPassBench(
      Transformer(configuration, on: backend, seed: seed), inputs: batch.inputs,
      targets: batch.targets, batchCount: batch.batchSize, seed: seed)
  }

  /// The order in which one training pass of a tiny model computes its layers.
  func orderOfLayers(
    _ experiment: Experiment, _ layerCount: Int, _ policy: ActivationPolicy
  ) -> [Int] {
    let model = Transformer(
      experiment.countingModel(layerCount: layerCount), on: backend, seed: seed)
    return TrainingPassBench(model, inputs: [1, 2, 3, 4], targets: [2, 3, 4, 5], seed: seed)
      .orderOfLayers(policy)
  }
}
