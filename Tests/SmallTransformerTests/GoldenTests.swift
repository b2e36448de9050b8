import Autograd
import CPUBackend
import Foundation
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// Whole tensors compared with PyTorch's: logits, loss, every gradient, ten steps of AdamW.
@Suite struct GoldenTests {
  @Test(arguments: GoldenModel.allCases, [1, 2])
  func logitsAndLoss(shape: GoldenModel, threads: Int) throws {
    let backend = try CPUBackend(threadCount: threads)
    let (model, golden) = try shape.load(on: backend)
    let tape = Tape(backend, isRecording: false)
    let logits = model.logits(try golden.tokens("tokens"), batch: 2, tape: tape)
    let found = difference(backend.read(logits.value), try golden.values("logits"), .model)
    #expect(found.isWithin, "logits: \(found)")
    let loss = tape.crossEntropy(logits, targets: try golden.tokens("targets"))
    let lossFound = difference(backend.read(loss.value), try golden.values("loss"), .model)
    #expect(lossFound.isWithin, "loss: \(lossFound)")
  }

  /// The same logits token by token, with a cache, after a prompt of any length.
  @Test(arguments: GoldenModel.allCases, [1, 5, 11])
  func decoding(shape: GoldenModel, prompt: Int) throws {
    let backend = try CPUBackend(threadCount: 2)
    let (model, golden) = try shape.load(on: backend)
    let tokens = try golden.tokens("tokens")
    let cache = KeyValueCache(for: model.configuration, batch: 2, capacity: 12, on: backend)
    let rows = [tokens.prefix(12), tokens.suffix(12)].map(Array.init)
    // For each sequence, the logits of the tokens so far.
    var found: [[Float]] = [[], []]
    for range in [0..<prompt] + (prompt..<12).map({ $0..<$0 + 1 }) {
      let tape = Tape(backend, isRecording: false)
      let logits = backend.read(
        model.logits(rows.flatMap { $0[range] }, batch: 2, tape: tape, cache: cache).value)
      found[0] += logits.prefix(logits.count / 2)
      found[1] += logits.suffix(logits.count / 2)
    }
    let compared = difference(found[0] + found[1], try golden.values("logits"), .model)
    #expect(compared.isWithin, "\(compared)")
  }

  /// RoPE on neighboring dimensions is RoPE on halves with the dimensions of each head in another
  /// order: with the columns of the queries and keys in that order, the logits are the same.
  @Test func interleavedRotation() throws {
    let backend = try CPUBackend(threadCount: 2)
    let (halves, golden) = try GoldenModel.llama.load(on: backend)
    let model = Transformer(
      halves.configuration.with(positions: Rotary(pairing: .interleaved)), on: backend, seed: 0)
    try model.loadWeights(from: golden.url)
    for parameter in model.parameters.all where parameter.name.hasSuffix("qkv.weight") {
      let (values, width) = (backend.read(parameter.value), parameter.value.shape.lastExtent)
      // Four query heads, then two key heads, of 8 dimensions each.
      let columns = (0..<width).map { column -> Int in
        let (head, dim) = (column / 8, column % 8)
        return head < 6 ? head * 8 + dim / 2 + dim % 2 * 4 : column
      }
      backend.write(
        values.indices.map { values[$0 / width * width + columns[$0 % width]] },
        to: parameter.value)
    }
    let tape = Tape(backend, isRecording: false)
    let logits = model.logits(try golden.tokens("tokens"), batch: 2, tape: tape)
    let found = difference(backend.read(logits.value), try golden.values("logits"), .model)
    #expect(found.isWithin, "\(found)")
  }

  @Test(arguments: GoldenModel.allCases)
  func everyGradient(shape: GoldenModel) throws {
    let backend = try CPUBackend(threadCount: 2)
    let (model, golden) = try shape.load(on: backend)
    let tape = Tape(backend)
    tape.backward(
      from: model.loss(
        try golden.tokens("tokens"), targets: try golden.tokens("targets"), batch: 2, tape: tape))
    for parameter in model.parameters.all {
      guard let gradient = parameter.gradient else {
        Issue.record("\(parameter.name) has no gradient")
        continue
      }
      let found = difference(
        backend.read(gradient), try golden.values("grad.\(parameter.name)"), .modelGradient)
      #expect(found.isWithin, "\(parameter.name): \(found)")
    }
  }

  @Test func tenStepsOfAdamW() throws {
    struct Curve: Decodable {
      let losses, learningRates, gradientNorms: [Double]
      let finalLoss: Double
    }
    let backend = try CPUBackend(threadCount: 2)
    let (model, golden) = try GoldenModel.gpt.load(on: backend)
    let curve = try JSONDecoder().decode(
      Curve.self,
      from: Data(
        contentsOf: golden.url.deletingLastPathComponent().appendingPathComponent("adamw.json")))
    var schedule = TrainingSchedule(
      batchCount: 2, length: 12, stepCount: 10, peakLearningRate: 1e-2, warmUpSteps: 3)
    schedule.schedule.minimum = 1e-3
    let trainer = Trainer(model, schedule)
    let (tokens, targets) = (try golden.tokens("tokens"), try golden.tokens("targets"))
    for step in 0..<10 {
      #expect(abs(schedule.schedule.rate(step: step + 1) - curve.learningRates[step]) < 1e-12)
      let (loss, norm) = trainer.takeStep(inputs: tokens, targets: targets)
      // Ten steps of a fast-learning model amplify each rounding a little.
      #expect(
        abs(loss - curve.losses[step]) < 1e-4 * curve.losses[step], "loss of step \(step + 1)")
      #expect(
        abs(norm - curve.gradientNorms[step]) < 1e-3 * curve.gradientNorms[step],
        "norm of step \(step + 1)")
    }
    let tape = Tape(backend, isRecording: false)
    let last = backend.read(model.loss(tokens, targets: targets, batch: 2, tape: tape).value)[0]
    #expect(abs(Double(last) - curve.finalLoss) < 2e-4 * curve.finalLoss)
  }
}
