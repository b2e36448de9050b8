import Corpora
import Foundation
import SmallTransformer
import TensorCore

/// A trained model, with its losses and its recipe.
public struct TrainedModel {
  public let model: Transformer
  /// Cross entropy of each step's batch, in nats per token.
  public let losses: [Double]
  /// Wall time of the training, in the run that trained it.
  public let seconds: Double
  /// Whether this run loaded it from the cache.
  public let wasCached: Bool
  /// Everything that the lesson chose: configuration, schedule, text, seed.
  public let recipe: String
  /// The fingerprint of the code that trained it.
  let fingerprint: String

  /// Mean loss of the last tenth of the steps: less noisy than the last batch.
  public var finalLoss: Double {
    let tail = losses.suffix(max(1, losses.count / 10))
    return tail.reduce(0, +) / Double(tail.count)
  }
}

extension TrainedModel {
  /// A model made from this one's weights, as the start of further training. `how` describes every
  /// choice in the conversion; it becomes part of the recipe.
  public func converted(to model: Transformer, how: String) -> TrainedModel {
    TrainedModel(
      model: model, losses: losses, seconds: 0, wasCached: wasCached,
      recipe: "\(how) of (\(recipe))", fingerprint: fingerprint)
  }
}

extension Notebook {
  /// Trains a model on the training part of a text, or loads it from the cache.
  ///
  /// `name` is shown while it trains. With `startingFrom`, training begins with that model's
  /// weights (fine-tuning). By default the seed is that of the run; a lesson can compare several
  /// seeds.
  /// A cache that cannot be written is told on the page.
  /// - Throws: `CorpusError` if the text is too short, `TrainingError`, and the error of a record
  ///   that can no longer be written.
  public func train(
    _ name: String, _ configuration: TransformerConfiguration, _ schedule: TrainingSchedule,
    on corpus: Corpus, startingFrom start: TrainedModel? = nil, seed: UInt64? = nil
  ) throws -> TrainedModel {
    let seed = seed ?? self.seed
    var sampler = try BatchSampler(
      corpus: corpus, range: corpus.training, batchSize: schedule.batchCount,
      length: schedule.length,
      generator: SeededGenerator(seed: seed, stream: "batches"))
    return try train(
      name, configuration, schedule, material: "text \(corpus.checksum) \(corpus.training)",
      startingFrom: start, seed: seed
    ) {
      let batch = sampler.next()
      return (batch.inputs, batch.targets)
    }
  }

  /// Trains a model on batches that the lesson makes, or loads it from the cache.
  ///
  /// `material` describes everything except the seed that decides the batches; it is part of the
  /// cache's key. `nextBatch` returns inputs and targets of the next step; they are the same in
  /// every run with the same seed. `policy` chooses which activations are stored and which are
  /// recomputed; it does not change any value.
  /// A cache that cannot be written is told on the page.
  /// - Throws: `TrainingError`, and the error of a record that can no longer be written.
  public func train(
    _ name: String, _ configuration: TransformerConfiguration, _ schedule: TrainingSchedule,
    material: String, startingFrom start: TrainedModel? = nil, seed: UInt64? = nil,
    policy: ActivationPolicy = .keepAll, nextBatch: () -> (inputs: [Int32], targets: [Int32])
  ) throws -> TrainedModel {
    // Minutes of training would be lost with a page that cannot be written.
    if let failure = log.writeFailure { throw failure }
    let seed = seed ?? self.seed
    let recipe = [
      "device \(backend.deviceName)", configuration.identity, schedule.identity, material,
      "seed \(seed)", start.map { "from (\($0.recipe))" } ?? "from scratch",
      // Such a model is another one, and it must not replace that of the lesson's own code.
      calledLearners.isEmpty ? nil : "with \(calledLearners.sorted())",
    ].compactMap { $0 }.joined(separator: "; ")
    let cache = ModelCache(folder: cacheFolder)
    let model = Transformer(configuration, on: backend, seed: seed)

    models.needed += 1
    let fingerprint = modelFingerprint(startingFrom: start)
    switch cache.load(recipe, fingerprint, stepCount: schedule.stepCount, into: model) {
    case .loaded(let losses, let seconds):
      models.cached += 1
      note(cache.file(for: recipe), seconds, wasCached: true)
      print("\(name): loaded from the cache, trained by an earlier run")
      return TrainedModel(
        model: model, losses: losses, seconds: seconds, wasCached: true, recipe: recipe,
        fingerprint: fingerprint)
    case .unusable(let reason):
      print("\(name): the cached model cannot be used, so it is trained again. \(reason)")
    case .missing: break
    }

    if let start { model.copyWeights(from: start.model) }
    let began = ContinuousClock.now
    let losses = try run(schedule, model, name: name, seed: seed, policy, nextBatch)
    let trained = TrainedModel(
      model: model, losses: losses, seconds: LessonKit.seconds(since: began), wasCached: false,
      recipe: recipe, fingerprint: fingerprint)
    note(cache.file(for: recipe), trained.seconds, wasCached: false)
    do throws(FolderError) {
      try cache.save(model, recipe, fingerprint, losses: losses, seconds: trained.seconds)
    } catch {
      if cacheTroubles.add(unsaved: error.reason, in: error.path) {
        print("\(name): trained, but not saved for later runs. \(error.reason)")
      }
    }
    let tokens = Double(schedule.stepCount * schedule.tokensPerStep)
    let speed = Quantity.count.text((tokens / trained.seconds).rounded())
    print(
      "\(name): loss \(Quantity.plain.text(trained.finalLoss)) nats per token after "
        + "\(schedule.stepCount) steps, \(speed) tokens per second")
    return trained
  }

  private func note(_ file: URL, _ seconds: Double, wasCached: Bool) {
    let use = ModelUse(file: file.lastPathComponent, seconds: seconds, wasCached: wasCached)
    log.change { $0.models = ($0.models ?? []) + [use] }
  }

  private func run(
    _ schedule: TrainingSchedule, _ model: Transformer, name: String, seed: UInt64,
    _ policy: ActivationPolicy, _ nextBatch: () -> (inputs: [Int32], targets: [Int32])
  ) throws -> [Double] {
    try Trainer(model, schedule, policy: policy, dropoutSeed: seed).run(nextBatch: nextBatch) {
      progress in
      self.progress(
        done: progress.step, total: progress.stepCount,
        detail: "\(name), loss \(Quantity.plain.text(progress.loss)), "
          + "\(Quantity.count.text(progress.tokensPerSecond.rounded())) tokens/s")
    }
  }

  /// Windows of the held-out part, each of `length + 1` tokens: `tokenCount` tokens in total, or
  /// fewer if the text is shorter. Then a printed line says so.
  /// - Throws: `CorpusError.tooShort` if no window fits.
  public func heldOutWindows(_ corpus: Corpus, length: Int, tokenCount: Int) throws -> [[Int32]] {
    let wanted = max(1, tokenCount / length)
    let windows = try EvaluationWindows(
      corpus: corpus, range: corpus.heldOut, length: length, maximumCount: wanted)
    report(windows, wanted: wanted)
    return (0..<windows.count).map { index in
      let batch = windows.batch(index..<index + 1)
      return batch.inputs + batch.targets.suffix(1)
    }
  }

  /// Prints a line, once for each length, if the text has fewer windows than a lesson wants: then its
  /// numbers are noisier than with a longer text.
  public func report(_ windows: EvaluationWindows, wanted: Int) {
    guard windows.count < wanted else { return }
    remembered("few windows of \(windows.length)") {
      print(
        "the held-out text has room for \(windows.count) of \(wanted) windows of "
          + "\(Quantity.count.text(Double(windows.length))) tokens; the numbers are noisier")
    }
  }
}
