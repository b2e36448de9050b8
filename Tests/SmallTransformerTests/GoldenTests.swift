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
