import Autograd
import CPUBackend
import Calculator
import SmallTransformer
import TensorCore
import Testing

/// The calculator's bytes compared with those that the meter measured.
@Suite struct PredictedBytesTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    var configuration: TransformerConfiguration
    var batch = 2
    var length = 96
    var testDescription: String { name }

    init(
      _ name: String, _ configuration: TransformerConfiguration, batch: Int = 2, length: Int = 96,
      change: (inout TransformerConfiguration) -> Void = { _ in }
    ) {
      self.name = name
      self.configuration = configuration
      self.batch = batch
      self.length = length
      change(&self.configuration)
    }
  }

  /// A scheme that acts in two places needs both tables.
  private struct SinusoidalAndRotary: PositionScheme {
    var name: String { "sinusoidal and RoPE" }
    func addedTable(length: Int, modelDim: Int) -> [Float]? {
      Sinusoidal().addedTable(length: length, modelDim: modelDim)
    }
    func rotation(length: Int, headDim: Int) -> RotationAngles? {
      Rotary().rotation(length: length, headDim: headDim)
    }
  }

  static let cases = [
    Case("gpt", .gpt(modelDim: 64, layerCount: 3, headCount: 4)),
    Case(
      "gpt, learned positions",
      .gpt(modelDim: 64, layerCount: 2, positions: Learned(positionCount: 128))),
    Case("gpt, naive attention", .gpt(modelDim: 64, layerCount: 3, headCount: 4)) {
      $0.attention = .naive
    },
    Case("gpt, naive, dropout", .gpt(modelDim: 64, layerCount: 3, headCount: 4)) {
      $0.attention = .naive
      $0.dropout = 0.1
    },
    Case("gpt, dropout", .gpt(modelDim: 64, layerCount: 3, headCount: 4)) { $0.dropout = 0.1 },
    Case("llama", .llama(modelDim: 64, layerCount: 3, headCount: 4)),
    Case(
      "adds and rotates",
      .llama(modelDim: 64, layerCount: 3, headCount: 4, positions: SinusoidalAndRotary())),
    Case(
      "llama, grouped", .llama(modelDim: 64, layerCount: 2, headCount: 4, kvHeadCount: 2),
      length: 200),
    Case(
      "llama, multi-query", .llama(modelDim: 96, layerCount: 4, headCount: 6, kvHeadCount: 1),
      batch: 1, length: 512),
    Case(
      "wide and shallow", .gpt(modelDim: 192, layerCount: 1, headCount: 3), batch: 1, length: 65),
    Case(
      "lean gpt", .gpt(modelDim: 64, layerCount: 4, headCount: 2, positions: Rotary()), length: 256
    ) {
      $0.norm = .rmsNorm
      $0.hasBiases = false
    },
  ]

  static let policies: [(ActivationPolicy, Recomputation)] = [
    (.keepAll, .nothing), (.selective, .selective), (.full, .full),
    (.everyKth(2), .everyKth(2)),
  ]

  @Test(arguments: cases) func training(_ test: Case) throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(test.configuration, on: backend, seed: 1)
    let bytes = test.configuration.predictedBytes(
      length: test.length, batch: test.batch, on: backend)
    #expect(bytes.parameters == 4 * model.parameters.count)
    let tokens = [Int32](repeating: 65, count: test.batch * test.length)
    for (policy, recomputation) in Self.policies
    where policy.objection(layerCount: test.configuration.layerCount) == nil {
      let trainer = Trainer(
        model,
        TrainingSchedule(
          batchCount: test.batch, length: test.length, stepCount: 5, peakLearningRate: 1e-3),
        policy: policy)
      _ = trainer.takeStep(inputs: tokens, targets: tokens)
      let (_, peak) = backend.meter.scope { _ = trainer.takeStep(inputs: tokens, targets: tokens) }
      let predicted = bytes.training(recomputation)
      #expect(peak[.parameters] == bytes.parameters)
      #expect(peak[.gradients] == bytes.gradients)
      #expect(peak[.optimizer] == bytes.optimizer)
      expectClose(peak[.activations], predicted.activations, 0.01, "\(policy.name), activations")
      expectClose(peak[.workspace], predicted.workspace, 0.02, "\(policy.name), workspace")
      expectClose(peak.totalBytes, predicted.total, 0.02, "\(policy.name), total")
    }
  }

  @Test(arguments: cases) func inference(_ test: Case) throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(test.configuration, on: backend, seed: 1)
    let bytes = test.configuration.predictedBytes(
      length: test.length, batch: test.batch, on: backend)
    let tokens = [Int32](repeating: 65, count: test.batch * test.length)
    let (_, peak) = backend.meter.scope {
      _ = model.logits(tokens, batch: test.batch, tape: Tape(backend, isRecording: false))
    }
    expectClose(peak[.workspace], bytes.inference().workspace, 0.02, "workspace")
    expectClose(peak.totalBytes, bytes.inference().total, 0.02, "total")
  }

  private func expectClose(_ found: Int, _ predicted: Int, _ tolerance: Double, _ what: String) {
    let difference = Double(predicted) / Double(found) - 1
    #expect(
      abs(difference) <= tolerance,
      "\(what): measured \(found), predicted \(predicted), \(difference * 100) %")
  }
}
