import Corpora
import Foundation
import SmallTransformer
import TensorCore

/// A model and how it came to be.
public struct TrainedModel {
  public let model: Transformer
  /// Cross entropy of each step's batch, in nats a token.
  public let losses: [Double]
  /// What training took, when it was done.
  public let seconds: Double
  /// Whether this run found it on disk.
  public let wasCached: Bool
  /// Everything that went into it.
  public let recipe: String

  /// Mean loss of the last tenth of the steps: less noisy than the last batch.
  public var finalLoss: Double {
    let tail = losses.suffix(max(1, losses.count / 10))
    return tail.reduce(0, +) / Double(tail.count)
  }
}

extension TrainedModel {
  /// Another model made from this one's weights, to train on from; `how` names every choice made.
  public func converted(to model: Transformer, how: String) -> TrainedModel {
    TrainedModel(
      model: model, losses: losses, seconds: 0, wasCached: wasCached,
      recipe: "\(how) of (\(recipe))")
  }
}

extension Notebook {
  /// Trains a model on the training part of a text, or takes it from the cache.
  ///
  /// `name` is what the reader sees while it trains; a model to start from gives its weights to
  /// begin with: fine-tuning. The seed is the run's own unless a lesson compares several.
  /// - Throws: `CorpusError` for too short a text, `TrainingError`, `SafetensorsError` where the
  ///   cache cannot be written.
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

  /// Trains a model on batches that the lesson makes, or takes it from the cache.
  ///
  /// `material` says in one line everything that decides the batches, besides the seed; `nextBatch`
  /// gives inputs and targets of the next step, the same ones in every run of one seed. The policy
  /// says what a step remembers, and changes no number.
  /// - Throws: `TrainingError`, `SafetensorsError` where the cache cannot be written.
  public func train(
    _ name: String, _ configuration: TransformerConfiguration, _ schedule: TrainingSchedule,
    material: String, startingFrom start: TrainedModel? = nil, seed: UInt64? = nil,
    policy: ActivationPolicy = .keepAll, nextBatch: () -> (inputs: [Int32], targets: [Int32])
  ) throws -> TrainedModel {
    let seed = seed ?? self.seed
    let recipe = [
      "device \(backend.deviceName)", configuration.identity, schedule.identity, material,
      "seed \(seed)", start.map { "from (\($0.recipe))" } ?? "from scratch",
    ].joined(separator: "; ")
    let cache = ModelCache(folder: cacheFolder)
    let model = Transformer(configuration, on: backend, seed: seed)

    models.needed += 1
    switch cache.load(recipe, step: stepChecksum, into: model) {
    case .losses(let losses, let seconds):
      models.cached += 1
      print("\(name): trained before, taken from the cache")
      return TrainedModel(
        model: model, losses: losses, seconds: seconds, wasCached: true, recipe: recipe)
    case .unusable(let reason):
      print("\(name): the cached model cannot be used, so it is trained again. \(reason)")
    case .nothing: break
    }

    if let start { model.copyWeights(from: start.model) }
    let began = ContinuousClock.now
    let losses = try run(schedule, model, name: name, seed: seed, policy, nextBatch)
    let trained = TrainedModel(
      model: model, losses: losses, seconds: LessonKit.seconds(since: began), wasCached: false,
      recipe: recipe)
    try cache.save(
      model, recipe, step: stepChecksum, losses: losses, seconds: trained.seconds)
    let tokens = Double(schedule.stepCount * schedule.tokensPerStep)
    print(
      "\(name): loss \(Quantity.plain.text(trained.finalLoss)) nats a token after "
        + "\(schedule.stepCount) steps, \(Quantity.count.text((tokens / trained.seconds).rounded())) "
        + "tokens a second")
    return trained
  }

  /// Of the source of the step under way; nil where it is not at hand.
  private var stepChecksum: String? {
    openSteps.last.flatMap { step(at: $0).source }.map {
      ByteChecksum(Array($0.text.utf8)).description
    }
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

  /// Windows of the held-out part, each `length + 1` tokens, `tokenCount` tokens of them in all
  /// where the text has so many.
  public func heldOutWindows(_ corpus: Corpus, length: Int, tokenCount: Int) throws -> [[Int32]] {
    let windows = try EvaluationWindows(
      corpus: corpus, range: corpus.heldOut, length: length,
      maximumCount: max(1, tokenCount / length))
    return (0..<windows.count).map { index in
      let batch = windows.batch(index..<index + 1)
      return batch.inputs + batch.targets.suffix(1)
    }
  }
}
