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
    Case("windows", .llama(modelDim: 64, layerCount: 3, headCount: 4), length: 256) {
      $0.pattern = SlidingWindow(64)
    },
    Case(
      "interleaved windows", .llama(modelDim: 64, layerCount: 4, headCount: 4, kvHeadCount: 2),
      length: 160
    ) {
      $0.pattern = Interleaved(window: 32, period: 2)
    },
    Case(
      "tied gpt", .gpt(modelDim: 64, layerCount: 2, headCount: 4, positions: Rotary()), length: 128
    ) {
      $0.tiesEmbedding = true
    },
    Case(
      "naive llama with dropout", .llama(modelDim: 64, layerCount: 2, headCount: 4, kvHeadCount: 2)
    ) {
      $0.attention = .naive
      $0.dropout = 0.1
    },
  ]

  static let policies: [(ActivationPolicy, Recomputation)] = [
    (.keepAll, .nothing), (.selective, .selective), (.full, .full),
    (.everyKth(2), .everyKth(2)),
  ]

  @Test(arguments: cases) func training(_ test: Case) throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(test.configuration, on: backend, seed: 1)
    let tokens = [Int32](repeating: 65, count: test.batch * test.length)
    for (policy, recomputation) in Self.policies
    where policy.objection(layerCount: test.configuration.layerCount) == nil {
      let predicted = test.configuration.plan(
        .training, length: test.length, batch: test.batch, recomputation: recomputation,
        on: backend
      ).estimate.metered
      let trainer = Trainer(
        model,
        TrainingSchedule(
          batchCount: test.batch, length: test.length, stepCount: 5, peakLearningRate: 1e-3),
        policy: policy)
      _ = trainer.takeStep(inputs: tokens, targets: tokens)
      let (_, peak) = backend.meter.scope { _ = trainer.takeStep(inputs: tokens, targets: tokens) }
      #expect(predicted.parameters == 4 * model.parameters.count)
      #expect(peak[.parameters] == predicted.parameters)
      #expect(peak[.gradients] == predicted.gradients)
      #expect(peak[.optimizer] == predicted.optimizer)
      expectClose(peak[.activations], predicted.activations, 0.01, "\(policy.name), activations")
      expectClose(peak[.workspace], predicted.workspace, 0.02, "\(policy.name), workspace")
      expectClose(peak.totalBytes, predicted.total, 0.02, "\(policy.name), total")
    }
  }

  /// The loss in chunks, with and without recomputed layers: the logits of one chunk.
  @Test(arguments: [
    Case(
      "wide vocabulary", .gpt(vocabularyCount: 2000, modelDim: 32, layerCount: 2, headCount: 2),
      batch: 2, length: 64),
    Case(
      "llama, tied", .llama(vocabularyCount: 1500, modelDim: 48, layerCount: 3, headCount: 4),
      batch: 1, length: 150
    ) { $0.tiesEmbedding = true },
  ])
  func lossInChunks(_ test: Case) throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(test.configuration, on: backend, seed: 1)
    let tokens = [Int32](repeating: 65, count: test.batch * test.length)
    let optimizer = AdamW(model.parameters, on: backend)
    for (policy, recomputation) in [
      (ActivationPolicy.keepAll, Recomputation.nothing), (.full, .full),
    ] {
      for chunk in [16, 50] {
        var plan = test.configuration.plan(
          .training, length: test.length, batch: test.batch, recomputation: recomputation,
          on: backend)
        plan.lossChunk = chunk
        let predicted = plan.estimate.metered
        func step() {
          let tape = Tape(backend)
          tape.backward(
            from: model.loss(
              tokens, targets: tokens, batch: test.batch, tape: tape,
              training: TrainingPass(policy: policy, lossChunk: chunk)))
          _ = optimizer.update(learningRate: 1e-3)
        }
        step()
        let (_, peak) = backend.meter.scope { step() }
        expectClose(peak[.activations], predicted.activations, 0.01, "activations, \(chunk)")
        expectClose(peak[.workspace], predicted.workspace, 0.02, "workspace, \(chunk)")
        expectClose(peak.totalBytes, predicted.total, 0.02, "total, \(chunk)")
      }
    }
  }

  @Test(arguments: cases) func inference(_ test: Case) throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(test.configuration, on: backend, seed: 1)
    let predicted = test.configuration.plan(
      .inference, length: test.length, batch: test.batch, on: backend
    ).estimate.metered
    let tokens = [Int32](repeating: 65, count: test.batch * test.length)
    let (_, peak) = backend.meter.scope {
      _ = model.logits(tokens, batch: test.batch, tape: Tape(backend, isRecording: false))
    }
    expectClose(peak[.workspace], predicted.workspace, 0.02, "workspace")
    expectClose(peak.totalBytes, predicted.total, 0.02, "total")
  }

  /// A prompt that is read in chunks into a cache: the workspace is that of a chunk.
  @Test(arguments: [
    Case("llama", .llama(modelDim: 64, layerCount: 3, headCount: 4), batch: 1, length: 512),
    Case(
      "grouped, in windows", .llama(modelDim: 64, layerCount: 4, headCount: 4, kvHeadCount: 2),
      batch: 1, length: 512
    ) { $0.pattern = SlidingWindow(100) },
    Case("gpt", .gpt(modelDim: 96, layerCount: 2, headCount: 3), batch: 1, length: 384),
    Case(
      "interleaved windows", .llama(modelDim: 64, layerCount: 4, headCount: 4, kvHeadCount: 2),
      batch: 1, length: 256
    ) { $0.pattern = Interleaved(window: 32, period: 2) },
    Case(
      "multi-query, tied", .llama(modelDim: 96, layerCount: 2, headCount: 6, kvHeadCount: 1),
      batch: 1, length: 320
    ) { $0.tiesEmbedding = true },
  ])
  func promptInChunks(_ test: Case) throws {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(test.configuration, on: backend, seed: 1)
    for chunk in [32, 128, test.length] {
      var plan = test.configuration.plan(
        .inference, length: test.length, cacheCapacity: test.length, on: backend)
      plan.prefillChunk = chunk
      let predicted = plan.estimate.metered
      let before = backend.meter.current
      let (_, peak) = backend.meter.scope {
        let cache = KeyValueCache(for: test.configuration, capacity: test.length, on: backend)
        for start in stride(from: 0, to: test.length, by: chunk) {
          let tokens = [Int32](repeating: 65, count: min(chunk, test.length - start))
          _ = model.logits(
            tokens, batch: 1, tape: Tape(backend, isRecording: false), cache: cache)
        }
      }
      // Tables of positions that an earlier chunk size has made are live from the start.
      let tables = before[.workspace]
      #expect(peak[.keyValueCache] == predicted.cache)
      expectClose(peak[.workspace], predicted.workspace, 0.05, "workspace, chunks of \(chunk)")
      expectClose(peak.totalBytes, predicted.total, 0.05, "total, chunks of \(chunk)")
      #expect(tables <= predicted.workspace)
    }
  }

  /// The rolling cache of a window has the tokens of the window, as the calculator's cache of a
  /// model with windows.
  @Test func rollingCache() throws {
    let backend = try CPUBackend(threadCount: 2)
    var configuration = TransformerConfiguration.llama(modelDim: 64, layerCount: 3, headCount: 4)
    configuration.pattern = SlidingWindow(50)
    var plan = configuration.plan(
      .inference, length: 400, cacheCapacity: 400, on: backend)
    plan.accounting.rollsWindows = true
    let (cache, peak) = backend.meter.scope {
      HybridCache(for: configuration, capacity: 400, on: backend)
    }
    #expect(peak[.keyValueCache] == plan.estimate.metered.cache)
    #expect(cache.byteCount == peak[.keyValueCache])
  }

  private func expectClose(_ found: Int, _ predicted: Int, _ tolerance: Double, _ what: String) {
    let difference = Double(predicted) / Double(found) - 1
    #expect(
      abs(difference) <= tolerance,
      "\(what): measured \(found), predicted \(predicted), \(difference * 100) %")
  }
}
