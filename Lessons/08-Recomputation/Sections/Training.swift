import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// Section "The same model, trained twice".
extension RecomputationLesson {
  func trainTwice(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    notebook.heading("The same model, trained twice")
    let schedule = experiment.schedule
    notebook.say(
      """
      Two models of \(experiment.trainedDepth) layers with the same seed train on the same text \
      (\(book.nameInProse)) for \(schedule.stepCount) steps, with a dropout of \
      \(Quantity.percent.text(Double(experiment.rate))). One keeps all activations. The other keeps \
      the input of each layer and computes all layers but the last again.
      """)
    let losses = try notebook.step(
      "train-twice", "Train with all activations kept, and again with every layer recomputed"
    ) {
      try Keyed<TrainedPolicy, [Double]> {
        try notebook.losses(of: experiment, under: $0.policy, on: book)
      }
    }
    if let first = losses[.keepAll].first, let last = losses[.keepAll].last {
      notebook.measure("first-loss", "Loss of the first step, nats per byte", first)
      notebook.measure("last-loss", "Loss of the last step, nats per byte", last)
    }
    notebook.claim(
      "training-losses-differ",
      "In {} of \(schedule.stepCount) steps the two losses differ in any bit",
      Double(
        zip(losses[.keepAll], losses[.full]).count { $0.bitPattern != $1.bitPattern }),
      equals: 0, from: .smoke, as: .count)
  }

  func compareGradients(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws {
    notebook.say(
      """
      So far only two policies were compared. Now compare the gradients of every policy, element by \
      element, with both attention kernels of the sections below.
      """)
    let counts = try notebook.step(
      "compare-gradients", "Compare the gradient of every weight, under every policy, bit by bit"
    ) {
      try [AttentionKind.tiled, .naive].map { attention in
        let bench = try notebook.bench(experiment.trained(attention), experiment, book)
        let kept = bench.gradientBits(.keepAll)
        return experiment.policies(layerCount: experiment.trainedDepth)
          .filter { $0 != .keepAll }
          .reduce(0) { $0 + differingElements(kept, bench.gradientBits($1)) }
      }
    }
    notebook.claim(
      "gradient-elements-differ",
      "Under all policies, with both kinds of attention, {} gradient elements differ from keep-all",
      Double(counts.reduce(0, +)), equals: 0, from: .smoke, as: .count)
  }
}

extension Notebook {
  /// The loss of each step of a training run under a policy.
  fileprivate func losses(
    of experiment: Experiment, under policy: ActivationPolicy, on book: Corpus
  ) throws -> [Double] {
    let schedule = experiment.schedule
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: schedule.batchCount, length: schedule.length,
      generator: SeededGenerator(seed: seed, stream: "batches"))
    let model = Transformer(
      experiment.configuration(layerCount: experiment.trainedDepth), on: backend, seed: seed)
    return try Trainer(model, schedule, policy: policy, dropoutSeed: seed).run {
      let batch = sampler.next()
      return (batch.inputs, batch.targets)
    } report: { step in
      self.progress(
        done: step.step, total: step.stepCount,
        detail: "\(policy.name), loss \(Quantity.plain.text(step.loss))")
    }
  }
}
