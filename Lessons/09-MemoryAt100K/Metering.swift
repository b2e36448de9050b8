import Autograd
import Calculator
import SmallTransformer
import TensorCore

/// Predicted bytes of one purpose beside those that the meter saw.
struct Comparison: Codable {
  let purpose: String
  let predicted: Int
  let measured: Int

  /// What the meter saw beyond the prediction, as a share of it.
  var residual: Double {
    predicted == measured ? 0 : Double(measured - predicted) / Double(max(1, predicted))
  }
}

/// One model, predicted and metered.
struct Metered: Codable {
  let name: String
  let comparisons: [Comparison]

  subscript(purpose: String) -> Comparison? { comparisons.first { $0.purpose == purpose } }
}

extension Experiment.TrainingCase {
  /// A step of training: the second one.
  func metered(on backend: any Backend, seed: UInt64) -> Metered? {
    guard let recomputation = policy.recomputation else { return nil }
    let held = backend.meter.current
    let bytes = configuration.predictedBytes(length: length, batch: batch, on: backend)
    let peaks = bytes.training(recomputation)
    let model = Transformer(configuration, on: backend, seed: seed)
    let trainer = Trainer(model, schedule, policy: policy, dropoutSeed: seed)
    let tokens = (0..<batch * length).map { Int32($0 * 37 % configuration.vocabularyCount) }
    _ = trainer.takeStep(inputs: tokens, targets: tokens)
    let (_, peak) = backend.meter.scope { _ = trainer.takeStep(inputs: tokens, targets: tokens) }
    func comparison(_ purpose: MemoryPurpose, _ predicted: Int) -> Comparison {
      Comparison(
        purpose: purpose.rawValue, predicted: predicted, measured: peak[purpose] - held[purpose])
    }
    return Metered(
      name: name,
      comparisons: [
        comparison(.parameters, bytes.parameters), comparison(.gradients, bytes.gradients),
        comparison(.optimizer, bytes.optimizer), comparison(.activations, peaks.activations),
        comparison(.workspace, peaks.workspace),
        Comparison(
          purpose: "together", predicted: peaks.total,
          measured: peak.totalBytes - held.totalBytes),
      ])
  }
}

extension Experiment.DecodingCase {
  /// A prompt read into a cache at once, and a few tokens after it.
  func metered(on backend: any Backend, seed: UInt64) -> Metered {
    let held = backend.meter.current
    let bytes = configuration.predictedBytes(length: prompt, on: backend)
    let peaks = bytes.inference(cacheCapacity: capacity)
    let model = Transformer(configuration, on: backend, seed: seed)
    let tokens = (0..<prompt).map { Int32($0 * 31 % configuration.vocabularyCount) }
    let (_, peak) = backend.meter.scope {
      let cache = KeyValueCache(for: configuration, capacity: capacity, on: backend)
      for part in [tokens, [1], [2], [3]] {
        _ = model.logits(
          part, batch: 1, tape: Tape(backend, isRecording: false), cache: cache)
      }
    }
    return Metered(
      name: name,
      comparisons: [
        Comparison(
          purpose: MemoryPurpose.parameters.rawValue, predicted: bytes.parameters,
          measured: peak[.parameters] - held[.parameters]),
        Comparison(
          purpose: MemoryPurpose.keyValueCache.rawValue, predicted: peaks.cache,
          measured: peak[.keyValueCache] - held[.keyValueCache]),
        Comparison(
          purpose: MemoryPurpose.workspace.rawValue, predicted: peaks.workspace,
          measured: peak[.workspace] - held[.workspace]),
        Comparison(
          purpose: "together", predicted: peaks.total,
          measured: peak.totalBytes - held.totalBytes),
      ])
  }
}
