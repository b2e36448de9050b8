import Autograd
import LessonKit
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// One model of a lesson on the processor and on the device: the lesson's own configuration, policy
/// and learning rate. Texts are shortened, to lengths that no tile divides.
struct LessonParity {
  static let stepCount = 10

  /// The same model, built once for each device.
  let expected: LessonModel
  let found: LessonModel
  let cpu: any Backend
  let device: any Backend

  private var configuration: TransformerConfiguration { expected.configuration }
  private var batchCount: Int { min(2, expected.schedule?.batchCount ?? 1) }
  /// Longer than every window: the widest of the course is 128, and routed layers have theirs.
  private var length: Int {
    let windows = (0..<configuration.layerCount).compactMap {
      configuration.pattern.layer($0).pattern.window
    }
    return (windows.max() ?? 0) > 33 || expected.choices != nil ? 139 : 67
  }

  /// The largest differences, each of its own bound; nil where the lesson does not do this.
  struct Gaps {
    var logits = 0.0
    var gradients = 0.0
    var cached: Double?
    var losses: Double?
    /// The smallest distance between a score that was taken and one that was not, over the largest
    /// difference of a score between the devices.
    var routingMargin: Double?
  }

  /// Logits, every gradient, reading with a cache, and ten steps of training.
  func check() -> Gaps {
    var gaps = Gaps()
    let models = [
      Transformer(configuration, on: cpu, seed: 1),
      Transformer(found.configuration, on: device, seed: 1),
    ]
    for model in models { model.moveEveryWeight() }
    checkLogits(models[0], models[1], &gaps)
    checkGradients(models[0], models[1], &gaps)
    if expected.usesCache { checkCache(models[0], models[1], &gaps) }
    if let schedule = expected.schedule { checkTraining(schedule, &gaps) }
    return gaps
  }

  private func checkLogits(_ a: Transformer, _ b: Transformer, _ gaps: inout Gaps) {
    let tokens = batch().inputs
    func logits(_ model: Transformer) -> [Float] {
      let tape = Tape(model.backend, isRecording: false)
      return model.backend.read(model.logits(tokens, batch: batchCount, tape: tape).value)
    }
    let gap = difference(logits(b), logits(a), .deviceLogits)
    #expect(gap.isWithin, "logits of \(expected.name): \(gap)")
    gaps.logits = gap.relative
    checkChoices(&gaps)
  }

  private func checkGradients(_ a: Transformer, _ b: Transformer, _ gaps: inout Gaps) {
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
        // A branch that nobody takes has none, on either device.
        #expect(w == nil && g == nil, "only one gradient of \(parameter.name), \(expected.name)")
        continue
      }
      let gap = difference(g, w, .deviceGradient)
      #expect(gap.isWithin, "gradient of \(parameter.name), \(expected.name): \(gap)")
      gaps.gradients = max(gaps.gradients, gap.relative)
    }
    checkChoices(&gaps)
  }

  /// A text read into a cache, then token by token.
  private func checkCache(_ a: Transformer, _ b: Transformer, _ gaps: inout Gaps) {
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
    gaps.cached = gap.relative
  }

  /// Ten steps from fresh weights on one batch, at the lesson's learning rate from the first step on.
  private func checkTraining(_ schedule: TrainingSchedule, _ gaps: inout Gaps) {
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
      checkChoices(&gaps)
    }
    #expect(last < 0.98 * first, "\(expected.name) learns nothing: \(first), then \(last)")
    gaps.losses = worst
  }

  /// Both devices route the same tokens.
  ///
  /// A choice is not continuous: were two scores closer than rounding, the devices would rightly
  /// differ, and everything after it. So scores are held against each other as logits are, and a
  /// differing choice is reported with the distance that decided it.
  private func checkChoices(_ gaps: inout Gaps) {
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
      gaps.routingMargin = min(gaps.routingMargin ?? .infinity, Double(margin / noise))
    }
  }

  /// Tokens and targets, from all that the model knows and may answer. Training reads the same batch
  /// at every step: one that can be learned by heart.
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
  /// What the course promises of a device, relative to the largest number of each tensor.
  fileprivate static let deviceLogits = Tolerance(relative: 1e-5, floor: 1e-12)
  fileprivate static let deviceGradient = Tolerance(relative: 1e-4, floor: 1e-12)
  fileprivate static let deviceScores = Tolerance(relative: 1e-4, floor: 1e-12)
}

extension Transformer {
  /// Moves fresh weights away from where they begin, the same way on every device: a bias of 0 or a
  /// router that prefers nobody would hide much of what a kernel can do wrong.
  fileprivate func moveEveryWeight() {
    for parameter in parameters.all {
      let moved = zip(
        backend.read(parameter.value),
        testNumbers(parameter.value.count, parameter.name, scale: 0.02)
      ).map { $0 + $1 }
      backend.write(moved, to: parameter.value)
    }
  }
}

extension RoutingChoice {
  /// How far the lowest score taken is from the highest that was not, in the closest sequence.
  fileprivate func margin(sequences: Int) -> Float {
    let (taken, length) = (Set(rows.map(Int.init)), scores.count / sequences)
    return (0..<(scores.isEmpty ? 0 : sequences)).map { sequence in
      let places = sequence * length..<(sequence + 1) * length
      let low = places.filter(taken.contains).map { scores[$0] }.min() ?? .infinity
      let high = places.filter { !taken.contains($0) }.map { scores[$0] }.max() ?? -.infinity
      return low - high
    }.min() ?? 0
  }
}
