import Autograd
import Calculator
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// A forward pass or a training step over a text of any length.
package struct Workload {
  package enum Kind {
    /// A forward pass, into a KV cache or without one.
    case prefill(keepsCache: Bool)
    case trainingStep(ActivationPolicy, Recomputation)
  }

  /// The name on the page.
  let title: String
  package let configuration: TransformerConfiguration
  package let kind: Kind
  /// Longer texts are not run at this scale.
  let longest: Int

  package init(
    title: String, configuration: TransformerConfiguration, kind: Kind, longest: Int
  ) {
    self.title = title
    self.configuration = configuration
    self.kind = kind
    self.longest = longest
  }

  /// Predicted peak bytes.
  func predictedBytes(length: Int, on backend: any Backend) -> Int {
    let plan =
      switch kind {
      case .prefill(let keepsCache):
        configuration.plan(
          .inference, length: length, cacheCapacity: keepsCache ? length : nil, on: backend)
      case .trainingStep(_, let recomputation):
        configuration.plan(
          .training, length: length, recomputation: recomputation, on: backend)
      }
    return plan.estimate.metered.total
  }

  /// FLOPs of one pass. For training: forward, backward and recomputation.
  package func flops(length: Int) -> Double {
    let shape = configuration.shape()
    let linear =
      Double(shape.layerCount) * shape.linearFlops(tokens: length)
      + 2 * Double(length) * Double(shape.modelDim * shape.vocabularyCount)
    let attention = (0..<shape.layerCount).reduce(0.0) { sum, layer in
      let pattern = configuration.pattern.layer(layer).pattern
      return sum
        + shape.attentionFlops(tokens: length, isCausal: true, window: pattern.window)
    }
    switch kind {
    case .prefill: return linear + attention
    case .trainingStep(_, let recomputation):
      // The backward pass has two products for each linear one, and five for the two of tiled
      // attention.
      let again = recomputation == .nothing ? 0.0 : 1
      return (3 + again) * linear + (3.5 + again) * attention
    }
  }
}

/// Predictions and measurements of one workload at one length.
package struct WorkloadResult: Codable, Sendable {
  package let length: Int
  package let predictedBytes: Int
  /// Wall time; nil where the workload was refused, or not run at this scale.
  package var seconds: Double?
  /// Time as the backend measures it, without that of other work on the machine.
  package var workSeconds: Double?
  package var peakBytes: Int?
  package var passCount = 0
  /// The predicted bytes exceed the limit.
  package var isRefused = false

  package init(length: Int, predictedBytes: Int) {
    self.length = length
    self.predictedBytes = predictedBytes
  }

  /// The measured peak's relative difference from the predicted one.
  var residual: Double? {
    peakBytes.map { abs(Double($0) / Double(predictedBytes) - 1) }
  }
}

extension Notebook {
  /// Runs a workload at one length, unless its predicted bytes exceed the limit: then it is refused
  /// before any memory is allocated.
  package func measure(_ workload: Workload, length: Int, limit: Int) -> WorkloadResult {
    var result = WorkloadResult(
      length: length, predictedBytes: workload.predictedBytes(length: length, on: backend))
    guard result.predictedBytes <= limit else {
      result.isRefused = true
      return result
    }
    guard length <= workload.longest else { return result }
    let held = backend.meter.current.totalBytes
    let model = Transformer(workload.configuration, on: backend, seed: seed)
    let tokens = (0..<length).map { Int32($0 * 31 % 251) }
    // The first pass also allocates its buffers. That can be a large part of a short pass, so a
    // second pass is timed.
    while result.passCount < 2, result.seconds ?? 0 < 1.5 {
      result.passCount += 1
      let start = ContinuousClock.now
      var peak = MemoryUsage()
      let workSeconds = backend.workSeconds {
        (_, peak) = backend.meter.scope { run(workload, model, tokens) }
      }
      result.seconds = min(seconds(since: start), result.seconds ?? .infinity)
      result.workSeconds = min(workSeconds, result.workSeconds ?? .infinity)
      result.peakBytes = peak.totalBytes - held
    }
    return result
  }

  private func run(_ workload: Workload, _ model: Transformer, _ tokens: [Int32]) {
    switch workload.kind {
    case .prefill(let keepsCache):
      let cache =
        keepsCache
        ? KeyValueCache(for: workload.configuration, capacity: tokens.count, on: backend) : nil
      _ = model.logits(tokens, batch: 1, tape: Tape(backend, isRecording: false), cache: cache)
    case .trainingStep(let policy, _):
      let schedule = TrainingSchedule(
        batchCount: 1, length: tokens.count, stepCount: 1, peakLearningRate: 1e-3)
      _ = Trainer(model, schedule, policy: policy).takeStep(inputs: tokens, targets: tokens)
    }
  }
}
