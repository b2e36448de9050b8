import Autograd
import Calculator
import LessonKit
import SmallTransformer
import TensorCore

/// A purpose of memory, as the meter counts it, or the total over all purposes.
enum MeteredPurpose: String, CaseIterable, Codable {
  case parameters, gradients, optimizer, activations, keyValueCache, workspace, total

  var name: String {
    switch self {
    case .keyValueCache: "KV cache"
    default: rawValue
    }
  }
}

/// Predicted and measured peak bytes of one purpose.
struct Comparison: Codable {
  let predicted: Int
  let measured: Int

  /// Measured minus predicted, relative to the prediction.
  var relativeDifference: Double {
    predicted == measured ? 0 : Double(measured - predicted) / Double(max(1, predicted))
  }
}

/// One model with its predicted and measured bytes.
struct MeteredModel: Codable {
  let name: String
  /// The purposes that the model's pass uses.
  let comparisons: Keyed<MeteredPurpose, Comparison>

  /// - Parameters:
  ///   - name: What the reader sees.
  ///   - before: Bytes in use before the model was made.
  ///   - peak: Largest bytes in use during its pass.
  ///   - predicted: By purpose; nil for a purpose that the pass does not use.
  init(
    _ name: String, before: MemoryUsage, peak: MemoryUsage, predicted: (MeteredPurpose) -> Int?
  ) {
    self.name = name
    comparisons = Keyed(compacting: MeteredPurpose.allCases) { purpose in
      predicted(purpose).map {
        Comparison(predicted: $0, measured: peak.bytes(of: purpose) - before.bytes(of: purpose))
      }
    }
  }

  subscript(purpose: MeteredPurpose) -> Comparison? {
    comparisons.keys.contains(purpose) ? comparisons[purpose] : nil
  }
}

extension MemoryUsage {
  fileprivate func bytes(of purpose: MeteredPurpose) -> Int {
    switch purpose {
    case .parameters: self[.parameters]
    case .gradients: self[.gradients]
    case .optimizer: self[.optimizer]
    case .activations: self[.activations]
    case .keyValueCache: self[.keyValueCache]
    case .workspace: self[.workspace]
    case .total: totalBytes
    }
  }
}

extension Experiment.TrainingCase {
  /// The second of two training steps; nil for a policy that the calculator does not know.
  func metered(on backend: any Backend, seed: UInt64) -> MeteredModel? {
    guard let recomputation = policy.recomputation else { return nil }
    let before = backend.meter.current
    // lesson: begin same-call
    var plan = configuration.plan(
      .training, length: length, batch: batch, recomputation: recomputation, on: backend)
    (plan.accumulation, plan.lossChunk) = (accumulation, lossChunk)
    let predicted = plan.estimate.metered
    // lesson: end same-call
    let model = Transformer(configuration, on: backend, seed: seed)
    let optimizer = AdamW(model.parameters, on: backend)
    let tokens = (0..<batch * length).map { Int32($0 * 37 % configuration.vocabularyCount) }
    func step(_ number: Int) {
      for _ in 0..<accumulation {
        let tape = Tape(backend)
        let training = TrainingPass(
          dropoutSeed: seed, step: number, policy: policy, lossChunk: lossChunk)
        tape.backward(
          from: model.loss(
            tokens, targets: tokens, batch: batch, tape: tape, training: training))
      }
      _ = optimizer.update(learningRate: 1e-3)
    }
    step(1)
    let (_, peak) = backend.meter.scope { step(2) }
    return MeteredModel(name, before: before, peak: peak) { purpose in
      switch purpose {
      case .parameters: predicted.parameters
      case .gradients: predicted.gradients
      case .optimizer: predicted.optimizer
      case .activations: predicted.activations
      case .workspace: predicted.workspace
      case .total: predicted.total
      case .keyValueCache: nil
      }
    }
  }
}

extension Experiment.DecodingCase {
  /// Reads the prompts, then decodes some tokens of each.
  func metered(on backend: any Backend, seed: UInt64) -> MeteredModel {
    let before = backend.meter.current
    var plan = configuration.plan(
      .inference, length: prompt, batch: batch, cacheCapacity: hasCache ? capacity : nil,
      on: backend)
    plan.prefillChunk = chunk
    plan.accounting.rollsWindows = rolls
    let predicted = plan.estimate.metered
    let model = Transformer(configuration, on: backend, seed: seed)
    // A chunk has tokens of all requests.
    let length = max(1, (chunk ?? batch * prompt) / batch)
    let (_, peak) = backend.meter.scope {
      let cache = makeCache(on: backend)
      func read(_ count: Int) {
        let tokens = (0..<batch * count).map { Int32($0 * 31 % configuration.vocabularyCount) }
        _ = model.logits(
          tokens, batch: batch, tape: Tape(backend, isRecording: false), cache: cache)
      }
      for start in stride(from: 0, to: prompt, by: length) { read(min(length, prompt - start)) }
      if hasCache { for _ in 0..<newTokens { read(1) } }
    }
    return MeteredModel(name, before: before, peak: peak) { purpose in
      switch purpose {
      case .parameters: predicted.parameters
      case .keyValueCache: hasCache ? predicted.cache : nil
      // One token at a time has a kernel of its own, with other tiles.
      case .workspace: rolls ? nil : predicted.workspace
      case .total: rolls ? nil : predicted.total
      case .gradients, .optimizer, .activations: nil
      }
    }
  }

  private func makeCache(on backend: any Backend) -> KeyValueCache? {
    guard hasCache else { return nil }
    return rolls
      ? HybridCache(for: configuration, batch: batch, capacity: capacity, on: backend)
      : KeyValueCache(for: configuration, batch: batch, capacity: capacity, on: backend)
  }
}
