import Autograd
import SmallTransformer
import TensorCore
import TestSupport
import Testing

extension OpenCLTests {
  /// Whole models of both families, from the same weights and tokens.
  @Suite struct Models {
    static let configurations: [TransformerConfiguration] = [
      .gpt(vocabularyCount: 80, modelDim: 64, layerCount: 3),
      .llama(vocabularyCount: 80, modelDim: 64, layerCount: 3, headCount: 4, kvHeadCount: 2),
      .gpt(vocabularyCount: 80, modelDim: 48, layerCount: 2, headCount: 2, positions: ALiBi()),
    ]

    @Test("forward within 1e-5, gradients within 1e-4 of the largest", arguments: 0..<3)
    func parity(index: Int) throws {
      let tokens = testTokens(2 * 70 + 1, vocabularyCount: 80)
      func run(_ backend: any Backend) -> (logits: [Float], gradients: [(String, [Float])]) {
        let model = Transformer(Self.configurations[index], on: backend, seed: 3)
        let inputs = Array(tokens.dropLast())
        let logits = backend.read(
          model.logits(inputs, batch: 2, tape: Tape(backend, isRecording: false)).value)
        let tape = Tape(backend)
        tape.backward(
          from: model.loss(inputs, targets: Array(tokens.dropFirst()), batch: 2, tape: tape))
        return (
          logits,
          model.parameters.all.map { ($0.name, $0.gradient.map(backend.read) ?? []) }
        )
      }
      let (cpu, device) = (run(try TestDevice.processor()), run(try TestDevice.backend()))
      let gap = difference(device.logits, cpu.logits, Tolerance(relative: 1e-5))
      #expect(gap.isWithin, "logits: \(gap)")
      for (found, expected) in zip(device.gradients, cpu.gradients) {
        let gap = difference(found.1, expected.1, Tolerance(relative: 1e-4, floor: 1e-6))
        #expect(gap.isWithin, "\(found.0): \(gap)")
      }
    }

    @Test("ten training steps: losses within 1e-4", arguments: 0..<3)
    func lossCurves(index: Int) throws {
      let plan = TrainingSchedule(batchCount: 2, length: 70, stepCount: 10, peakLearningRate: 2e-3)
      func losses(_ backend: any Backend) -> [Double] {
        var configuration = Self.configurations[index]
        configuration.dropout = index == 0 ? 0.1 : 0
        let trainer = Trainer(
          Transformer(configuration, on: backend, seed: 3), plan, dropoutSeed: 4)
        let tokens = testTokens(10 * plan.tokensPerStep + 1, vocabularyCount: 80)
        return (0..<10).map { step in
          let first = step * plan.tokensPerStep
          return trainer.takeStep(
            inputs: Array(tokens[first..<first + plan.tokensPerStep]),
            targets: Array(tokens[first + 1...first + plan.tokensPerStep])
          ).loss
        }
      }
      let (cpu, device) = (losses(try TestDevice.processor()), losses(try TestDevice.backend()))
      for (step, (found, expected)) in zip(device, cpu).enumerated() {
        #expect(abs(found - expected) <= 1e-4 * expected, "step \(step): \(found), \(expected)")
      }
      #expect(device != Array(repeating: device[0], count: 10))
    }

    @Test("recomputed gradients are bitwise equal")
    func recomputation() throws {
      let backend = try TestDevice.backend()
      let tokens = testTokens(2 * 40 + 1, vocabularyCount: 80)
      func gradients(_ policy: ActivationPolicy) -> [[Float]] {
        let model = Transformer(Self.configurations[1], on: backend, seed: 3)
        let tape = Tape(backend)
        let loss = model.loss(
          Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), batch: 2, tape: tape,
          training: TrainingPass(dropoutSeed: 4, step: 1, policy: policy))
        tape.backward(from: loss)
        return model.parameters.all.map { $0.gradient.map(backend.read) ?? [] }
      }
      let isSame = gradients(.keepAll) == gradients(.full)
      #expect(isSame)
    }

    @Test("the loss in chunks has the gradients of the whole")
    func chunkedLoss() throws {
      let backend = try TestDevice.backend()
      let tokens = testTokens(2 * 40 + 1, vocabularyCount: 80)
      func gradients(_ chunk: Int?) -> [Float] {
        let model = Transformer(Self.configurations[1], on: backend, seed: 3)
        let tape = Tape(backend)
        let loss = model.loss(
          Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), batch: 2, tape: tape,
          training: TrainingPass(lossChunk: chunk))
        tape.backward(from: loss)
        return model.parameters.all.flatMap { $0.gradient.map(backend.read) ?? [] }
      }
      let gap = difference(gradients(27), gradients(nil), Tolerance(relative: 1e-5))
      #expect(gap.isWithin, "\(gap)")
    }

    @Test("prefill equals decoding token by token")
    func cache() throws {
      let backend = try TestDevice.backend()
      let model = Transformer(Self.configurations[1], on: backend, seed: 3)
      let tokens = testTokens(20, vocabularyCount: 80)
      let tape = Tape(backend, isRecording: false)
      let whole = backend.read(model.logits(tokens, batch: 1, tape: tape).value)
      let cache = KeyValueCache(for: model.configuration, capacity: 20, on: backend)
      let alone = tokens.flatMap {
        backend.read(model.logits([$0], batch: 1, tape: tape, cache: cache).value)
      }
      let gap = difference(alone, whole, Tolerance(relative: 1e-5))
      #expect(gap.isWithin, "\(gap)")
    }
  }
}
