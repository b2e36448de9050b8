import Autograd
import LessonKit
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// Compares one model of a lesson on the CPU and on the device, with the lesson's configuration,
/// policy and learning rate. Texts are shortened to lengths that no tile size divides.
struct LessonParity {
  static let stepCount = 10

  /// The same model on each device: `expected` on the CPU, `found` on the other device.
  let expected: LessonModel
  let found: LessonModel
  let cpu: any Backend
  let device: any Backend

  private var configuration: TransformerConfiguration { expected.configuration }
  private var batchCount: Int { min(2, expected.schedule?.batchCount ?? 1) }
  /// Longer than every window; the widest of the course is 128. Routed layers have windows too.
  private var length: Int {
    let windows = (0..<configuration.layerCount).compactMap {
      configuration.pattern.layer($0).pattern.window
    }
    return (windows.max() ?? 0) > 33 || expected.choices != nil ? 139 : 67
  }

  /// The largest relative difference of each comparison; nil where the lesson has no such use.
  struct Differences {
    var logits = 0.0
    var gradients = 0.0
    var cached: Double?
    var losses: Double?
    /// The smallest distance between the lowest chosen score and the highest score that was not
    /// chosen, divided by the largest difference of a score between the devices.
    var routingMargin: Double?
  }

  /// Compares logits, every gradient, inference with a cache, and ten steps of training.
  func check() -> Differences {
    var differences = Differences()
    let models = [
      Transformer(configuration, on: cpu, seed: 1),
      Transformer(found.configuration, on: device, seed: 1),
    ]
    for model in models { model.moveEveryWeight() }
    checkLogits(models[0], models[1], &differences)
    checkGradients(models[0], models[1], &differences)
    if expected.usesCache { checkCache(models[0], models[1], &differences) }
    if let schedule = expected.schedule { checkTraining(schedule, &differences) }
    return differences
  }

  private func checkLogits(_ a: Transformer, _ b: Transformer, _ differences: inout Differences) {
    let tokens = batch().inputs
    func logits(_ model: Transformer) -> [Float] {
      let tape = Tape(model.backend, isRecording: false)
      return model.backend.read(model.logits(tokens, batch: batchCount, tape: tape).value)
    }
    let gap = difference(logits(b), logits(a), .deviceLogits)
    #expect(gap.isWithin, "logits of \(expected.name): \(gap)")
    differences.logits = gap.relative
    checkChoices(&differences)
  }

  private func checkGradients(_ a: Transformer, _ b: Transformer, _ differences: inout Differences)
  {
    let batch = batch()
    func gradients(_ model: Transformer) -> [[Float]?] {
      let tape = Tape(model.backend)
      let loss = model.loss(
        batch.inputs, targets: batch.targets, batch: batchCount, tape: tape,
        training: TrainingPass(dropoutSeed: 4, step: 3, policy: expected.policy))
      tape.backward(from: loss)
      defer { model.parameters.releaseGradients() }
      return model.parameters.all.map { $0.gradient.map(model.backend.read) }
    }
    let (wanted, got) = (gradients(a), gradients(b))
    for (parameter, (w, g)) in zip(a.parameters.all, zip(wanted, got)) {
      guard let w, let g else {
        // A branch that no token takes has no gradient, on either device.
        #expect(w == nil && g == nil, "only one gradient of \(parameter.name), \(expected.name)")
        continue
      }
      let gap = difference(g, w, .deviceGradient)
      #expect(gap.isWithin, "gradient of \(parameter.name), \(expected.name): \(gap)")
      differences.gradients = max(differences.gradients, gap.relative)
    }
    checkChoices(&differences)
  }

  /// Prefill of a cache, then token by token.
  private func checkCache(_ a: Transformer, _ b: Transformer, _ differences: inout Differences) {
    let tokens = Array(batch().inputs.prefix(length))
    let first = length - 8
    func logits(_ model: Transformer) -> [Float] {
      let cache = KeyValueCache(
        for: model.configuration, capacity: tokens.count, on: model.backend)
      let pieces = [tokens[..<first]] + (first..<tokens.count).map { tokens[$0...$0] }
      return pieces.flatMap { piece in
        let tape = Tape(model.backend, isRecording: false)
        return model.backend.read(
          model.logits(Array(piece), batch: 1, tape: tape, cache: cache).value)
      }
    }
    let gap = difference(logits(b), logits(a), .deviceLogits)
    #expect(gap.isWithin, "logits of \(expected.name), from a cache: \(gap)")
    differences.cached = gap.relative
  }

  /// Ten steps from initial weights on one batch, at the lesson's peak learning rate from step 1.
  private func checkTraining(_ schedule: TrainingSchedule, _ differences: inout Differences) {
    let short = TrainingSchedule(
      batchCount: batchCount, length: length, stepCount: Self.stepCount,
      peakLearningRate: schedule.schedule.peak, warmUpSteps: 1)
    let trainers = [
      Trainer(
        Transformer(configuration, on: cpu, seed: 1), short, policy: expected.policy,
        dropoutSeed: 4),
      Trainer(
        Transformer(found.configuration, on: device, seed: 1), short, policy: found.policy,
        dropoutSeed: 4),
    ]
    var (worst, last, first) = (0.0, 0.0, 0.0)
    let batch = batch()
    for step in 1...Self.stepCount {
      let losses = trainers.map {
        $0.takeStep(inputs: batch.inputs, targets: batch.targets).loss
      }
      let gap = abs(losses[1] - losses[0]) / abs(losses[0])
      #expect(gap <= 1e-4, "loss of step \(step), \(expected.name): \(losses[1]), \(losses[0])")
      worst = gap.isNaN ? .infinity : max(worst, gap)
      (first, last) = (step == 1 ? losses[1] : first, losses[1])
      checkChoices(&differences)
    }
    #expect(
      last < 0.98 * first, "\(expected.name) does not learn: the loss was \(first), then \(last)")
    differences.losses = worst
  }

  /// Both devices route the same tokens.
  ///
  /// A choice is not continuous: if two scores are closer than rounding, the devices may choose
  /// differently, and everything after it differs. So scores are compared as logits are, and a
  /// different choice is reported with the margin that decided it.
  private func checkChoices(_ differences: inout Differences) {
    guard let wanted = expected.choices?(), let got = found.choices?() else { return }
    #expect(wanted.count == got.count, "routed layers of \(expected.name)")
    for (w, g) in zip(wanted, got) {
      let margin = w.margin(sequences: batchCount)
      let noise = (zip(w.scores, g.scores).map { abs($0 - $1) }.max() ?? 0)
      if !w.scores.isEmpty {
        let gap = difference(g.scores, w.scores, .deviceScores)
        #expect(gap.isWithin, "routing scores of \(expected.name): \(gap)")
      }
      let isSame = w.rows == g.rows
      #expect(
        isSame, "\(expected.name) routes other tokens: margin \(margin), scores differ by \(noise)")
      guard margin > 0, noise > 0 else { continue }
      differences.routingMargin = min(
        differences.routingMargin ?? .infinity, Double(margin / noise))
    }
  }

  /// Random tokens and targets. Training uses the same batch at every step, so the model can
  /// memorize it.
  private func batch() -> (inputs: [Int32], targets: [Int32]) {
    var generator = SeededGenerator(seed: 5, stream: "tokens")
    let tokens = configuration.vocabularyCount
    let classes = configuration.classCount ?? tokens
    return (
      (0..<batchCount * length).map { _ in Int32(generator.integer(below: tokens)) },
      (0..<batchCount * length).map { _ in Int32(generator.integer(below: classes)) }
    )
  }
}

extension Tolerance {
  /// The course's bounds for a device, relative to the largest magnitude of each tensor.
  fileprivate static let deviceLogits = Tolerance(relative: 1e-5, floor: 1e-12)
  fileprivate static let deviceGradient = Tolerance(relative: 1e-4, floor: 1e-12)
  fileprivate static let deviceScores = Tolerance(relative: 1e-4, floor: 1e-12)
}

extension Transformer {
  /// Adds the same noise to the initial weights on every device: a bias of 0, or a router that
  /// prefers no token, would hide many errors of a kernel.
  fileprivate func moveEveryWeight() {
    for parameter in parameters.all {
      let moved = zip(
        backend.read(parameter.value),
        testValues(parameter.value.count, parameter.name, scale: 0.02)
      ).map { $0 + $1 }
      backend.write(moved, to: parameter.value)
    }
  }
}

extension RoutingChoice {
  /// The smallest distance, over the sequences, between the lowest chosen score and the highest
  /// score that was not chosen.
  fileprivate func margin(sequences: Int) -> Float {
    let (chosen, length) = (Set(rows.map(Int.init)), scores.count / sequences)
    return (0..<(scores.isEmpty ? 0 : sequences)).map { sequence in
      let places = sequence * length..<(sequence + 1) * length
      let low = places.filter(chosen.contains).map { scores[$0] }.min() ?? .infinity
      let high = places.filter { !chosen.contains($0) }.map { scores[$0] }.max() ?? -.infinity
      return low - high
    }.min() ?? 0
  }
}
