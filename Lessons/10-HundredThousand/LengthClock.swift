import Autograd
import Calculator
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// One way to go through a text, whatever its length.
struct Passage {
  enum Use {
    /// Into a cache, as for writing behind it; plain attention keeps none.
    case reading(keepsCache: Bool)
    case training(ActivationPolicy, Recomputation)
  }

  let name: String
  let configuration: TransformerConfiguration
  let use: Use
  /// Longer texts are left to a larger scale, since they take too long.
  let longest: Int

  /// Predicted peak bytes.
  func predictedBytes(length: Int, on backend: any Backend) -> Int {
    let bytes = configuration.predictedBytes(length: length, on: backend)
    switch use {
    case .reading(let keepsCache):
      return bytes.inference(cacheCapacity: keepsCache ? length : nil).total
    case .training(_, let recomputation): return bytes.training(recomputation).total
    }
  }

  /// Operations of one pass: forward, or for training forward, backward and what is repeated.
  func flops(length: Int) -> Double {
    let shape = configuration.shape()
    let linear =
      Double(shape.layerCount) * shape.linearFlops(tokens: length)
      + 2 * Double(length) * Double(shape.modelDim * shape.vocabularyCount)
    let attention = (0..<shape.layerCount).reduce(0.0) { sum, layer in
      let pattern = configuration.pattern.layer(layer).pattern
      return sum
        + shape.attentionFlops(tokens: length, isCausal: true, window: pattern.window)
    }
    switch use {
    case .reading: return linear + attention
    case .training(_, let recomputation):
      // Backward: two products for each, and five for the two of tiled attention.
      let again = recomputation == .nothing ? 0.0 : 1
      return (3 + again) * linear + (3.5 + again) * attention
    }
  }
}

/// What came of one passage at one length.
struct PassageTime: Codable {
  let length: Int
  let predictedBytes: Int
  /// Nil where it was refused, or left to a larger scale.
  var seconds: Double?
  /// By the backend's own clock: what else the machine does in the meantime does not count.
  var workSeconds: Double?
  var peakBytes: Int?
  var passCount = 0
  /// The bytes would not have fit.
  var isRefused = false

  /// How far the meter was from the prediction.
  var residual: Double? {
    peakBytes.map { abs(Double($0) / Double(predictedBytes) - 1) }
  }
}

extension Notebook {
  /// Runs a passage at one length, unless its predicted bytes exceed the limit: then it is refused
  /// before anything is asked for.
  func time(_ passage: Passage, length: Int, limit: Int) -> PassageTime {
    var result = PassageTime(
      length: length, predictedBytes: passage.predictedBytes(length: length, on: backend))
    guard result.predictedBytes <= limit else {
      result.isRefused = true
      return result
    }
    guard length <= passage.longest else { return result }
    let held = backend.meter.current.totalBytes
    let model = Transformer(passage.configuration, on: backend, seed: seed)
    let tokens = (0..<length).map { Int32($0 * 31 % 251) }
    // The first pass asks the system for its buffers; where that counts, the second one is timed.
    while result.passCount < 2, result.seconds ?? 0 < 1.5 {
      result.passCount += 1
      let start = ContinuousClock.now
      var peak = MemoryUsage()
      let cost = backend.workSeconds {
        (_, peak) = backend.meter.scope { run(passage, model, tokens) }
      }
      result.seconds = min(elapsed(since: start), result.seconds ?? .infinity)
      result.workSeconds = min(cost, result.workSeconds ?? .infinity)
      result.peakBytes = peak.totalBytes - held
    }
    return result
  }

  private func run(_ passage: Passage, _ model: Transformer, _ tokens: [Int32]) {
    switch passage.use {
    case .reading(let keepsCache):
      let cache =
        keepsCache
        ? KeyValueCache(for: passage.configuration, capacity: tokens.count, on: backend) : nil
      _ = model.logits(tokens, batch: 1, tape: Tape(backend, isRecording: false), cache: cache)
    case .training(let policy, _):
      let schedule = TrainingSchedule(
        batchCount: 1, length: tokens.count, stepCount: 1, peakLearningRate: 1e-3)
      _ = Trainer(model, schedule, policy: policy).takeStep(inputs: tokens, targets: tokens)
    }
  }

  func elapsed(since start: ContinuousClock.Instant) -> Double {
    let taken = ContinuousClock.now - start
    return Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
  }
}
