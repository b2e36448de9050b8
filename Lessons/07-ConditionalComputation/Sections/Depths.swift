import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The trained Mixture-of-Depths decoders, which the next section uses.
struct RoutedDecoders {
  /// One per seed.
  let models: [TrainedModel]
  let recorder: RoutingRecorder
}

/// Held-out losses of one model of the comparison.
package struct DepthResult: Sendable {
  /// Forward FLOPs, counted.
  package let flopsPerToken: Double
  package let parameterCount: Int
  /// Held-out loss in nats per byte, one per seed.
  package let losses: [Double]

  package init(flopsPerToken: Double, parameterCount: Int, losses: [Double]) {
    self.flopsPerToken = flopsPerToken
    self.parameterCount = parameterCount
    self.losses = losses
  }

  var mean: Double { losses.reduce(0, +) / Double(losses.count) }
  var spread: Double { (losses.max() ?? .nan) - (losses.min() ?? .nan) }
}

/// Section "Blocks that most tokens skip": Mixture-of-Depths on text.
extension ConditionalComputationLesson {
  package typealias DepthResults = Keyed<DepthModel, DepthResult>

  func compareDepths(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> RoutedDecoders {
    notebook.heading("Blocks that most tokens skip")
    notebook.say(
      """
      Mixture-of-Depths routes whole blocks of a decoder. Every second block processes only the one \
      token in eight with the highest scores; the other tokens skip it unchanged. On real text no \
      label says which bytes are hard. We compare at **equal FLOPs**: the dense model has half of \
      the layers, and its feed-forward layers are widened until a token costs the same. Four more \
      models have one seed each: two routers that do not learn, all layers for every token, and no \
      routed layers at all.
      """)
    notebook.show("RoutedBlock", in: technique("MixtureOfDepths"))
    let windows = try notebook.heldOutWindows(
      book, length: experiment.textSchedule.length, tokenCount: experiment.evaluationTokens)
    let recorder = RoutingRecorder()
    let trained = try notebook.step(
      "train-decoders",
      "Train the routed and the dense model with \(experiment.textSeedCount) seeds, the others once"
    ) {
      try Keyed<DepthModel, (models: [TrainedModel], result: DepthResult)> {
        try train($0, notebook, experiment, book, windows, recorder)
      }
    }
    let results = trained.mapValues { $1.result }
    tabulate(notebook, experiment, results)
    claim(notebook, results)
    return RoutedDecoders(models: trained[.routed].models, recorder: recorder)
  }

  private func train(
    _ model: DepthModel, _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus,
    _ windows: [[Int32]], _ recorder: RoutingRecorder
  ) throws -> (models: [TrainedModel], result: DepthResult) {
    let configuration = try experiment.configuration(
      model, recorder: model == .routed ? recorder : nil, on: notebook.backend)
    let models = try (0..<seedCount(model, experiment)).map { index in
      let seed = notebook.seed + UInt64(index)
      recorder.routings = []
      return try notebook.train(
        "\(model.name), seed \(seed)", configuration, experiment.textSchedule, on: book,
        seed: seed)
    }
    let losses = models.map { trained -> Double in
      recorder.routings = []
      return trained.model.lossByPosition(windows).mean
    }
    let result = DepthResult(
      flopsPerToken: flopsPerToken(
        configuration, length: experiment.textSchedule.length, on: notebook.backend),
      parameterCount: models[0].model.parameters.count, losses: losses)
    return (models, result)
  }

  private func seedCount(_ model: DepthModel, _ experiment: Experiment) -> Int {
    switch model {
    case .routed, .dense: experiment.textSeedCount
    case .everyEighth, .random, .allLayers, .halfTheLayers: 1
    }
  }

  private func tabulate(
    _ notebook: Notebook, _ experiment: Experiment, _ results: DepthResults
  ) {
    notebook.table(
      "depths", columns: ["model", "kFLOP per token", "weights", "loss by seed", "mean"],
      rows: results.map { model, result in
        [
          model.name, Quantity.plain.text(result.flopsPerToken / 1e3, digits: 4),
          Quantity.count.text(Double(result.parameterCount)),
          result.losses.map { Quantity.plain.text($0) }.joined(separator: " · "),
          Quantity.plain.text(result.mean),
        ]
      },
      caption: """
        Held-out loss in nats per byte. The router picks the top k of each window of \
        \(experiment.textSchedule.length) bytes.
        """)
  }

  package func claim(_ notebook: Notebook, _ results: DepthResults) {
    let ratio = results[.routed].mean / results[.dense].mean
    // Two runs of three seeds each: 0.999 and 1.003; with more steps 1.005.
    notebook.claim(
      "routed-over-dense", "Loss at equal FLOPs: routed model divided by dense model", ratio,
      within: 0.9...1.1, as: .times)
    /// "0.12 % lower than".
    func compared(with model: DepthModel) -> String {
      let ratio = results[.routed].mean / results[model].mean
      return Quantity.percent.text(abs(ratio - 1), digits: 2)
        + (ratio > 1 ? " higher than" : " lower than")
    }
    notebook.notice(
      "The result on real text",
      """
      At equal FLOPs the routed model's loss is \(compared(with: .dense)) the dense model's. Seeds \
      of one model differ by up to \
      \(Quantity.plain.text(results.map { $1.spread }.max() ?? .nan, digits: 2)) nats. The routed \
      model's loss is \(compared(with: .allLayers)) that of the model with all layers for every \
      token, and \(compared(with: .everyEighth)) that of the model that routes every 8th byte. The \
      gains in the paper are for models a thousand times as large. Also, top-k sees the end of the \
      window, which makes the routed model look better than it is. The next section shows this.
      """)
  }
}
