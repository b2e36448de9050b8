import Autograd
import CPUBackend
import Communication
import SequenceParallel
import SmallTransformer
import TensorCore
import TestSupport
import Testing

@Suite("A training step over ranks equals one process's", .timeLimit(.minutes(30)))
struct SpreadTrainerTests {
  private static let length = 67

  private static func model(
    _ positions: any PositionScheme, window: Int? = nil
  ) -> TransformerConfiguration {
    let model = TransformerConfiguration.llama(
      vocabularyCount: 50, modelDim: 32, layerCount: 2, headCount: 4, kvHeadCount: 4,
      positions: positions)
    return window.map { model.with(pattern: SlidingWindow($0)) } ?? model
  }

  /// Makes the scores of attention large. With initial weights all keys have nearly equal weights, and
  /// a wrong position would hardly change the loss.
  private static func sharpen(_ model: Transformer) {
    for parameter in model.parameters.all where parameter.name.contains("qkv") {
      model.backend.scale(parameter.value, by: 15)
    }
  }

  private static let schedule = TrainingSchedule(
    batchCount: 2, length: length, stepCount: 3, peakLearningRate: 1e-2)

  /// Every seventh target is ignored, so ranks have different numbers of targets.
  private static let tokens: (inputs: [Int32], targets: [Int32]) = {
    var generator = SeededGenerator(seed: 3)
    let draw = { (_: Int) in Int32(generator.integer(below: 50)) }
    let inputs = (0..<2 * length).map(draw)
    let targets = (0..<2 * length).map { $0 % 7 == 3 ? -1 : draw($0) }
    return (inputs, targets)
  }()

  /// Loss and gradient of every weight, by one process.
  private static func whole(
    _ configuration: TransformerConfiguration
  ) throws -> (loss: Double, gradients: [[Float]]) {
    let backend = try CPUBackend(threadCount: 2)
    let model = Transformer(configuration, on: backend, seed: 5)
    sharpen(model)
    let tape = Tape(backend)
    let loss = model.loss(tokens.inputs, targets: tokens.targets, batch: 2, tape: tape)
    let value = Double(backend.read(loss.value)[0])
    tape.backward(from: loss)
    return (value, model.parameters.all.map { $0.gradient.map { backend.read($0) } ?? [] })
  }

  private static func spread(
    _ configuration: TransformerConfiguration, _ technique: SpreadTechnique,
    _ layout: SequenceLayout, ranks: Int, _ policy: ActivationPolicy = .keepAll
  ) throws -> [(loss: Double, gradients: [[Float]])] {
    try ThreadTransport.run(ranks: ranks) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let trainer = try SpreadTrainer(
        configuration, schedule, technique, layout, over: communicator, on: backend, seed: 5,
        policy: policy)
      sharpen(trainer.model)
      let loss = trainer.computeGradient(inputs: tokens.inputs, targets: tokens.targets)
      return (
        loss, trainer.model.parameters.all.map { $0.gradient.map { backend.read($0) } ?? [] }
      )
    }
  }

  private func expectEqual(
    _ configuration: TransformerConfiguration, _ technique: SpreadTechnique,
    _ layout: SequenceLayout, ranks: Int, _ policy: ActivationPolicy = .keepAll
  ) throws {
    let whole = try Self.whole(configuration)
    let spread = try Self.spread(configuration, technique, layout, ranks: ranks, policy)
    let name = "\(technique), \(layout), \(ranks) ranks, \(configuration.positions.name)"
    for result in spread {
      #expect(abs(result.loss - whole.loss) < 1e-5 * whole.loss, "\(name)")
      #expect(result.gradients == spread[0].gradients, "every rank has the same bits, \(name)")
    }
    for (found, expected) in zip(spread[0].gradients, whole.gradients) {
      let gradient = difference(found, expected, Tolerance(relative: 1e-4, floor: 1e-6))
      #expect(gradient.isWithin, "\(name): \(gradient)")
    }
  }

  @Test(
    "loss and gradients, with every position scheme", arguments: SpreadTechnique.allCases,
    SequenceLayout.allCases)
  func schemes(_ technique: SpreadTechnique, _ layout: SequenceLayout) throws {
    guard technique != .allGather || layout != .striped else { return }
    for positions in [Rotary(), ALiBi(), Sinusoidal(), NoPositions()] as [any PositionScheme] {
      for ranks in [2, 4] {
        try expectEqual(Self.model(positions), technique, layout, ranks: ranks)
      }
    }
  }

  @Test("three ranks, with a window", arguments: SequenceLayout.allCases)
  func window(_ layout: SequenceLayout) throws {
    try expectEqual(Self.model(Rotary(), window: 20), .ring, layout, ranks: 3)
  }

  @Test("with recomputation", arguments: SpreadTechnique.allCases)
  func recomputation(_ technique: SpreadTechnique) throws {
    for policy in [ActivationPolicy.full, .selective] {
      try expectEqual(Self.model(Rotary()), technique, .zigzag, ranks: 2, policy)
    }
  }

  /// Positions that count from 0 on every rank are wrong, and are noticed.
  @Test("without the global positions the loss differs")
  func localPositions() throws {
    let whole = try Self.whole(Self.model(Rotary()))
    let losses = try ThreadTransport.run(ranks: 2) { communicator in
      let backend = try CPUBackend(threadCount: 1)
      let attention = try SpreadAttention(
        .ring, .zigzag, length: Self.length, over: communicator, on: backend)
      let model = Transformer(Self.model(Rotary()), on: backend, seed: 5)
      Self.sharpen(model)
      model.attentionFunction = attention
      let (share, tape) = (attention.share, Tape(backend, isRecording: false))
      let losses = tape.tokenLosses(
        model.logits(share.rows(of: Self.tokens.inputs, batch: 2), batch: 2, tape: tape),
        targets: share.rows(of: Self.tokens.targets, batch: 2).map { max(0, $0) })
      return zip(losses, share.rows(of: Self.tokens.targets, batch: 2)).filter { $1 >= 0 }.map(\.0)
    }
    let all = losses.joined()
    #expect(abs(Double(all.reduce(0, +)) / Double(all.count) - whole.loss) > 1e-3)
  }

  @Test("three steps of the trial: losses, weights, memory")
  func trial() throws {
    var trial = TrainingTrial()
    (trial.length, trial.stepCount, trial.recomputes) = (512, 3, true)
    let settings = trial
    let reports = try ThreadTransport.run(ranks: 4) {
      try settings.run(over: $0, on: try CPUBackend(threadCount: 1))
    }
    let report = reports[0]
    #expect(Set(report.weightChecksums).count == 1)
    for (loss, whole) in zip(report.losses, try #require(report.wholeLosses)) {
      #expect(abs(loss - whole) < 1e-4 * whole)
    }
    #expect(report.losses[2] < report.losses[0])
    #expect(try #require(report.weightDifference) < 1e-3)
    let whole = Double(try #require(report.wholeActivationBytes))
    for bytes in report.activationBytes { #expect(Double(bytes) < 0.3 * whole) }
  }

  @Test("models that cannot be divided")
  func refused() {
    func sentence(_ change: (inout TransformerConfiguration) -> Void) -> String {
      var configuration = Self.model(Rotary())
      change(&configuration)
      do {
        try SpreadError.check(configuration, length: 64)
      } catch { return "\(error)" }
      return ""
    }
    #expect(sentence { _ in } == "")
    #expect(sentence { $0.positions = Learned(positionCount: 64) }.contains("learned positions"))
    #expect(sentence { $0.dropout = 0.1 }.contains("dropout"))
    #expect(sentence { $0.attention = .naive }.contains("Use tiled attention."))
  }
}
